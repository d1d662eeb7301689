namespace Nocturne.Playlists.Composing;

/// <summary>A part of the taste as tonight's mix is made of it.</summary>
internal sealed class MixTaste
{
    /// <summary>Its mix's number; 0 for none yet.</summary>
    public int Number { get; set; }

    /// <summary>The members, strongest first.</summary>
    public List<TasteEntry> Entries { get; } = [];

    /// <summary>The sum of the members' affinities.</summary>
    public long Mass { get; set; }

    /// <summary>Whether it is a mix since tonight.</summary>
    public bool IsNew { get; init; }

    /// <summary>The lighter mix whose number a new one takes, which then gets another.</summary>
    public MixTaste? Overtakes { get; set; }

    public int SplitNights { get; set; }

    public IReadOnlyList<ulong> Leaving { get; set; } = [];

    public ulong DrawnFrom { get; set; }

    public ulong DrawnBy { get; set; }
}
