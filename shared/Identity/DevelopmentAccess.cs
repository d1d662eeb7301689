namespace Nocturne.Identity;

/// <summary>What is only for a developer's machine: callers without credentials, and secrets that anyone can read.</summary>
public static class DevelopmentAccess
{
    /// <summary>Set wherever Cloud Run runs a function.</summary>
    public const string DeployedVariable = "K_SERVICE";

    /// <summary>
    /// Keys the tokens of the embedded stack. It is no secret: who has the source has it, and a token of a folder on
    /// this machine protects nothing that the folder's reader could not read.
    /// </summary>
    public static TokenPepper Pepper { get; } = TokenPepper.Of("nocturne-development-pepper-not-a-secret");

    /// <summary>Whether this process is a developer's.</summary>
    /// <param name="variable">A variable's value; null or blank where it is not set.</param>
    public static bool IsPossible(Func<string, string?> variable) =>
        string.IsNullOrWhiteSpace(variable(DeployedVariable));

    /// <summary>Refuses where this process is deployed.</summary>
    /// <param name="what">What was asked for.</param>
    /// <param name="variable">Reads the environment.</param>
    /// <exception cref="InvalidOperationException">It is deployed.</exception>
    public static void Require(string what, Func<string, string?> variable)
    {
        if (!IsPossible(variable))
        {
            throw new InvalidOperationException(
                $"{what} is for a developer's machine, and {DeployedVariable} says that this is a deployed service: "
                    + "remove that setting."
            );
        }
    }
}
