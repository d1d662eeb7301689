using System.CommandLine;
using System.Globalization;
using Nocturne.Domain;
using Nocturne.Identity;
using Nocturne.LocalHost.CommandLine;
using Nocturne.LocalHost.Stack;

namespace Nocturne.LocalHost.Commands;

/// <summary><c>nocturne token</c>: what a listener's players and scrobblers prove themselves with.</summary>
internal static class TokenCommand
{
    // A week: nobody needs to renew it while they try something.
    private const int MaxHours = 168;

    public static Command Create() =>
        new(
            "token",
            "Make, list and revoke the tokens of a listener's players. On a deployed system "
                + $"{TokenPepper.Variable} must be in the environment (docs/operations.md)."
        )
        {
            MakeCreate(),
            MakeList(),
            MakeRevoke(),
            MakeId(),
        };

    private static Argument<string> Listener() => new("listener") { Description = "The listener's id." };

    private static Command MakeCreate()
    {
        var listener = Listener();
        var name = new Option<string>("--name")
        {
            Description = "What to call the token, such as the player that it is for.",
            HelpName = "name",
            DefaultValueFactory = _ => "player",
        };
        var command = new Command("create", "Make a token and show it, once.") { listener, name };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var whose = ListenerId.Parse(line.GetValue(listener)!);
                await using var operations = await context.OpenOrReachAsync(cancellationToken);
                if (!context.IsAgreed(operations, $"A token would be made for '{whose}'."))
                {
                    return ExitCode.Usage;
                }
                var made = await operations.CreateTokenAsync(whose, line.GetValue(name)!, cancellationToken);
                context.Terminal.Say($"Token {made.Token.Id} ({made.Token.Name}) of '{whose}'. It is shown this once:");
                context.Terminal.Say(made.Secret);
                context.Terminal.WriteJson(
                    new
                    {
                        Listener = whose.Value,
                        made.Secret,
                        made.Token,
                    }
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command MakeList()
    {
        var listener = Listener();
        var command = new Command("list", "List a listener's tokens, without the tokens themselves.") { listener };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var whose = ListenerId.Parse(line.GetValue(listener)!);
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                var tokens = await operations.ListTokensAsync(whose, cancellationToken);
                if (tokens.Count == 0)
                {
                    context.Terminal.Say($"'{whose}' has no tokens.");
                }
                foreach (var token in tokens)
                {
                    context.Terminal.Say(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{token.Id}  {token.CreatedAt:yyyy-MM-dd HH:mm}  {token.Name}"
                        )
                    );
                }
                context.Terminal.WriteJson(tokens);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command MakeId()
    {
        var subject = new Argument<string>("subject") { Description = "The listener's id, or the operator's name." };
        var isOperator = new Option<bool>("--operator") { Description = "The token is an operator's." };
        var hours = new Option<int>("--hours")
        {
            Description = $"How long it is good, 1 to {MaxHours}.",
            HelpName = "number",
            DefaultValueFactory = _ => 12,
        };
        hours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxHours)
            {
                result.AddError($"A token is good for 1 to {MaxHours} hours.");
            }
        });
        var command = new Command(
            "id",
            "Print an ID token of this machine's own issuer, which stands for Identity Platform where 'up' serves: send "
                + "it as 'Authorization: Bearer TOKEN'. No deployed service takes it."
        )
        {
            subject,
            isOperator,
            hours,
        };
        command.SetAction(line =>
        {
            var context = CommandContext.Of(line);
            context.RequireFunctions("token id");
            var whose = ListenerId.Parse(line.GetValue(subject)!);
            var token = DevelopmentKey
                .IssuerOf(context.Folder, context.Settings.Time)
                .Mint(whose, line.GetValue(isOperator), new CallerOptions(), TimeSpan.FromHours(line.GetValue(hours)));
            context.Terminal.Say(token);
            context.Terminal.WriteJson(new { Subject = whose.Value, Token = token });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command MakeRevoke()
    {
        var listener = Listener();
        var id = new Argument<string>("token") { Description = "Which token: its id, as list prints it." };
        var command = new Command("revoke", "Revoke a token: its player is refused within half a minute.")
        {
            listener,
            id,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var context = CommandContext.Of(line);
                var whose = ListenerId.Parse(line.GetValue(listener)!);
                var which = line.GetValue(id)!;
                await using var operations = await context.OpenExistingAsync(cancellationToken);
                if (!context.IsAgreed(operations, $"Token {which} of '{whose}' would be revoked."))
                {
                    return ExitCode.Usage;
                }
                if (!await operations.RevokeTokenAsync(whose, which, cancellationToken))
                {
                    throw new CommandFailedException(
                        $"'{whose}' has no token {which}: nocturne token list {whose} shows those there are."
                    );
                }
                context.Terminal.Say($"Token {which} of '{whose}' is revoked.");
                context.Terminal.WriteJson(new { Listener = whose.Value, Revoked = which });
                return ExitCode.Done;
            }
        );
        return command;
    }
}
