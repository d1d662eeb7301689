using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Nights;
using Nocturne.Nights.Blends;
using Nocturne.Playlists;
using Nocturne.Playlists.Blends;
using Nocturne.Ports;

namespace Nocturne.LocalHost.Operations;

/// <summary>What is done with a blend's members.</summary>
internal enum BlendAction
{
    Create,
    Join,
    Leave,
}

/// <summary>A blend and its playlist, for people.</summary>
internal sealed record BlendView
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> Members { get; init; }

    public required int Version { get; init; }

    /// <summary>In percent; null if unknown.</summary>
    public int? Match { get; init; }

    /// <summary>The least satisfaction against the mean; null where nothing is of anyone's taste.</summary>
    public double? Fairness { get; init; }

    public bool IsFair { get; init; }

    public IReadOnlyList<SatisfactionView> Satisfactions { get; init; } = [];

    /// <summary>The run whose model made the playlist.</summary>
    public string? Run { get; init; }

    /// <summary>Whether the playlist is for the present members.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>Null while there are too few members, and before the first night.</summary>
    public PlaylistView? Playlist { get; init; }

    /// <summary>Whose taste each track is.</summary>
    public IReadOnlyList<IReadOnlyList<TasteView>> Tastes { get; init; } = [];
}

/// <summary>What a blend's playlist is to a member, from 0 to 1.</summary>
internal sealed record SatisfactionView(string Listener, double Satisfaction, bool HasTaste);

/// <summary>A member's share of a track.</summary>
internal sealed record TasteView(string Listener, double Share);

/// <summary>Blends on a stack that this process has open.</summary>
internal sealed class BlendOperations(
    IDocumentStore documents,
    IObjectStore objects,
    IEventPublisher publisher,
    PublishedPlaylists published,
    TimeProvider time
)
{
    private readonly BlendMemberships _memberships = new(documents, publisher, time);
    private readonly PublishedBlends _playlists = new(objects, published);

    public ValueTask<BlendOutcome> ChangeAsync(
        BlendAction action,
        BlendId blend,
        ListenerId listener,
        CancellationToken cancellationToken
    ) =>
        Patience.TryAsync(
            () =>
                action switch
                {
                    BlendAction.Create => _memberships.CreateAsync(blend, listener, cancellationToken),
                    BlendAction.Join => _memberships.JoinAsync(blend, listener, cancellationToken),
                    _ => _memberships.LeaveAsync(blend, listener, cancellationToken),
                },
            time,
            cancellationToken
        );

    public async ValueTask<BlendView?> ReadAsync(
        BlendId id,
        Func<Playlist, PlaylistView> view,
        CancellationToken cancellationToken
    )
    {
        if (await _memberships.ReadAsync(id, cancellationToken) is not { Members.Count: > 0 } blend)
        {
            return null;
        }
        var known = new BlendView
        {
            Id = blend.Id,
            Members = blend.Members,
            Version = blend.Version,
        };
        if (await _playlists.ReadAsync(id, cancellationToken) is not { } made)
        {
            return known;
        }
        return known with
        {
            Match = made.Match,
            Fairness = made.Fairness / 1000.0,
            IsFair = made.IsFair(),
            Satisfactions =
            [
                .. made.Members.Select(member => new SatisfactionView(
                    member.Listener.Value,
                    member.Satisfaction / (double)FixedPoint.One,
                    member.HasTaste
                )),
            ],
            Run = new RunId(made.Playlist.Date).ToString(),
            IsCurrent = made.Version == blend.Version,
            Playlist = view(made.Playlist) with
            {
                Json = JsonSerializer.Deserialize<JsonElement>(BlendJson.Write(made)),
            },
            Tastes =
            [
                .. made.Marks.Select(marks =>
                    marks.Select(mark => new TasteView(mark.Member.Value, mark.Share / 1000.0)).ToArray()
                ),
            ],
        };
    }
}
