using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Nocturne.Contracts;

/// <summary>A fact that is skipped where its class lacks what it requires (<see cref="RequirementAttribute"/>).</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Nocturne.Contracts.ContractFactDiscoverer", "Nocturne.Contracts")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>A theory that is skipped where its class lacks what it requires (<see cref="RequirementAttribute"/>).</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Nocturne.Contracts.ContractTheoryDiscoverer", "Nocturne.Contracts")]
public sealed class ContractTheoryAttribute : TheoryAttribute;

/// <summary>Finds the cases of <see cref="ContractFactAttribute"/>.</summary>
public sealed class ContractFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    public override IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo factAttribute
    ) =>
        Requirements.Skipped(DiagnosticMessageSink, discoveryOptions, testMethod)
        ?? base.Discover(discoveryOptions, testMethod, factAttribute);
}

/// <summary>Finds the cases of <see cref="ContractTheoryAttribute"/>.</summary>
public sealed class ContractTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    /// <inheritdoc/>
    public override IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo theoryAttribute
    ) =>
        Requirements.Skipped(DiagnosticMessageSink, discoveryOptions, testMethod)
        ?? base.Discover(discoveryOptions, testMethod, theoryAttribute);
}

internal static class Requirements
{
    /// <summary>One case that only says why it is skipped; null where nothing is missing.</summary>
    public static IEnumerable<IXunitTestCase>? Skipped(
        IMessageSink diagnostics,
        ITestFrameworkDiscoveryOptions options,
        ITestMethod method
    )
    {
        var missing = method
            .TestClass.Class.GetCustomAttributes(typeof(RequirementAttribute).AssemblyQualifiedName)
            .OfType<IReflectionAttributeInfo>()
            .Select(attribute => ((RequirementAttribute)attribute.Attribute).Missing)
            .FirstOrDefault(reason => reason is not null);
        return missing is null
            ? null
            :
            [
                new XunitSkippedDataRowTestCase(
                    diagnostics,
                    options.MethodDisplayOrDefault(),
                    options.MethodDisplayOptionsOrDefault(),
                    method,
                    missing
                ),
            ];
    }
}
