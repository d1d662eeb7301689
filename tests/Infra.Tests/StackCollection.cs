namespace Nocturne.Infra.Tests;

/// <summary>The tests that look at one deployed stack.</summary>
[CollectionDefinition(nameof(DeployedStack))]
public sealed class StackCollection : ICollectionFixture<DeployedStack>;
