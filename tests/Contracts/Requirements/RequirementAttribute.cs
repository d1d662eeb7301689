namespace Nocturne.Contracts;

/// <summary>What a class of tests needs that a machine may lack. Where it is missing, its tests are reported as skipped.</summary>
/// <remarks>
/// It counts for tests marked <see cref="ContractFactAttribute"/> or <see cref="ContractTheoryAttribute"/>, inherited
/// ones too: a suite does not know what the store that it is run on needs.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public abstract class RequirementAttribute : Attribute
{
    /// <summary>Why the tests cannot run here, with the remedy; null if they can.</summary>
    public abstract string? Missing { get; }
}
