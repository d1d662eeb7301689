using System.Globalization;
using Pulumi;
using Gcp = Pulumi.Gcp;

namespace Nocturne.Infra.Watching;

/// <summary>Who is told when something is wrong, and what a month may cost before somebody is.</summary>
internal sealed class Notifications : ComponentResource
{
    // Half, nearly all, all of the budget; and all of it by forecast, while there is time to act.
    private static readonly (double Share, string Basis)[] Thresholds =
    [
        (0.5, "CURRENT_SPEND"),
        (0.9, "CURRENT_SPEND"),
        (1.0, "CURRENT_SPEND"),
        (1.0, "FORECASTED_SPEND"),
    ];

    public Notifications(StackSettings settings, Services services)
        : base("nocturne:infra:Notifications", "notifications")
    {
        var mails = settings
            .AlertEmails.Select(
                (address, number) =>
                    new Gcp.Monitoring.NotificationChannel(
                        FormattableString.Invariant($"email-{number}"),
                        new()
                        {
                            Project = settings.Project,
                            DisplayName = $"Nocturne: {address}",
                            Type = "email",
                            Labels = { ["email_address"] = address },
                        },
                        this.Inside(services.All)
                    )
            )
            .ToList();
        Channels =
        [
            .. mails.Select(mail => (Input<string>)mail.Name),
            .. settings.NotificationChannels.Select(channel => (Input<string>)channel),
        ];
        if (settings.BillingAccount.Length > 0)
        {
            _ = new Gcp.Billing.Budget(
                "budget",
                new()
                {
                    BillingAccount = settings.BillingAccount,
                    DisplayName = $"Nocturne in {settings.Project}",
                    BudgetFilter = new Gcp.Billing.Inputs.BudgetBudgetFilterArgs
                    {
                        Projects = { services.ProjectNumber.Apply(number => $"projects/{number}") },
                    },
                    Amount = new Gcp.Billing.Inputs.BudgetAmountArgs
                    {
                        // The currency is the account's.
                        SpecifiedAmount = new Gcp.Billing.Inputs.BudgetAmountSpecifiedAmountArgs
                        {
                            Units = settings.MonthlyBudget.ToString(CultureInfo.InvariantCulture),
                        },
                    },
                    ThresholdRules = Thresholds
                        .Select(threshold => new Gcp.Billing.Inputs.BudgetThresholdRuleArgs
                        {
                            ThresholdPercent = threshold.Share,
                            SpendBasis = threshold.Basis,
                        })
                        .ToList(),
                    AllUpdatesRule = new Gcp.Billing.Inputs.BudgetAllUpdatesRuleArgs
                    {
                        MonitoringNotificationChannels = Channels.ToList(),
                    },
                },
                this.Inside(services.All)
            );
        }
        RegisterOutputs();
    }

    /// <summary>The channels' full names.</summary>
    public IReadOnlyList<Input<string>> Channels { get; }
}
