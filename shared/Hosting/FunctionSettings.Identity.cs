using Nocturne.Identity;

namespace Nocturne.Hosting;

/// <summary>Whose ID tokens a function takes, what they say, and whose pages may call.</summary>
public sealed record IdentitySettings
{
    /// <summary>The project whose Identity Platform signs listeners in; null for the function's own.</summary>
    public string? Project { get; init; }

    /// <summary>What of a token says who its owner is.</summary>
    public CallerOptions Callers { get; init; } = new();

    /// <summary>Origins whose pages may call.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}

/// <content>Listeners' and operators' identity.</content>
public sealed partial record FunctionSettings
{
    private sealed partial class Reader
    {
        // A claim is a name in a token, not a path into it.
        private const int MaxClaimLength = 64;

        // More belong into a claim of their tokens: an environment is no list of people.
        private const int MaxListed = 50;

        public IdentitySettings Identity()
        {
            var usual = new CallerOptions();
            return new IdentitySettings
            {
                Project = Text("NOCTURNE_ID_PROJECT"),
                Callers = new CallerOptions
                {
                    ListenerClaim = Claim("NOCTURNE_LISTENER_CLAIM", usual.ListenerClaim),
                    OperatorClaim = Claim("NOCTURNE_OPERATOR_CLAIM", usual.OperatorClaim),
                    Operators = Listed("NOCTURNE_OPERATORS", Domain.Id.IsValid, "the 'sub' of an operator's ID token"),
                },
                AllowedOrigins = Listed(
                    "NOCTURNE_ALLOWED_ORIGINS",
                    IsOrigin,
                    "an origin such as https://app.example.org, or *"
                ),
            };
        }

        private string Claim(string name, string usual)
        {
            var value = Text(name) ?? usual;
            if (value.Length > MaxClaimLength || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                Problems.Add($"{name} is '{value}', which is not a claim's name. Leave it unset for '{usual}'.");
            }
            return value;
        }

        private string[] Listed(string name, Func<string, bool> isGood, string what)
        {
            var values = (Text(name) ?? "").Split(
                ',',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            );
            if (values.Length > MaxListed)
            {
                Problems.Add($"{name} names {values.Length}, and at most {MaxListed} can be named.");
            }
            foreach (var bad in values.Where(value => !isGood(value)))
            {
                Problems.Add($"{name} names '{bad}', which is not {what}; several are separated by commas.");
            }
            return values;
        }

        private static bool IsOrigin(string text) =>
            text == "*"
            || (
                Uri.TryCreate(text, UriKind.Absolute, out var uri)
                && uri.Scheme is ("http" or "https")
                && text.Equals(uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase)
            );
    }
}
