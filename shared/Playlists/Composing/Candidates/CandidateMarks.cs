using Nocturne.Domain;

namespace Nocturne.Playlists.Composing;

/// <summary>
/// What rules ask of a candidate for one listener: whether it is banned, was played, heard or published lately, or is
/// placed, under any id of the recording. Memory of one worker; <see cref="Begin"/> starts the next listener.
/// </summary>
internal sealed class CandidateMarks(Catalogue catalogue, ItemNumbers numbers)
{
    private const int Banned = 1;
    private const int Played = 2;
    private const int Placed = 4;
    private const int Known = 2;

    private readonly RoundTable _recordings = new(catalogue.Count);
    private readonly RoundTable _artists = new(catalogue.Artists);
    private readonly HashSet<ulong> _repeated = [];
    private Func<ItemId, bool>? _heard;

    /// <summary>Takes the next listener.</summary>
    /// <param name="heard">As <see cref="ListenerTaste.Heard"/>.</param>
    public void Begin(Func<ItemId, bool>? heard)
    {
        _heard = heard;
        _recordings.Clear();
        _artists.Clear();
        _repeated.Clear();
    }

    public void Ban(int recording) => _recordings[recording] |= Banned;

    public void BanArtist(int artist) => _artists[artist] |= Banned;

    public void MarkPlayed(int recording) => _recordings[recording] |= Played;

    public void MarkKnownArtist(int artist) => _artists[artist] |= Known;

    public void MarkPlaced(in Candidate candidate) => _recordings[candidate.Recording] |= Placed;

    /// <summary>Of items by their keys: their recordings were published lately.</summary>
    public void MarkRepeated(IReadOnlyList<ulong> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            _repeated.Add(items[i]);
        }
    }

    public bool IsRecordingBanned(int recording) => (_recordings[recording] & Banned) != 0;

    public bool IsArtistBanned(int artist) => IsMarked(artist, Banned);

    public bool IsBanned(in Candidate candidate) =>
        IsRecordingBanned(candidate.Recording) || IsArtistBanned(candidate.Artist);

    /// <summary>Whether an item of the catalogue is.</summary>
    public bool IsBanned(int item) =>
        IsRecordingBanned(catalogue.RecordingOf(item)) || IsArtistBanned(catalogue.ArtistOf(item));

    public bool IsOfKnownArtist(in Candidate candidate) => IsMarked(candidate.Artist, Known);

    /// <summary>Whether the recording is in the history that composing sees.</summary>
    public bool IsPlayed(in Candidate candidate) => (_recordings[candidate.Recording] & Played) != 0;

    public bool IsPlaced(in Candidate candidate) => (_recordings[candidate.Recording] & Placed) != 0;

    /// <summary>Whether the recording was ever heard.</summary>
    public bool IsHeard(in Candidate candidate)
    {
        if (IsPlayed(candidate))
        {
            return true;
        }
        if (_heard is null || candidate.Index >= catalogue.Count)
        {
            return false;
        }
        var index = candidate.Index;
        do
        {
            if (_heard(catalogue.IdOf(index)))
            {
                return true;
            }
            index = catalogue.NextOfRecording(index);
        } while (index != candidate.Index);
        return false;
    }

    /// <summary>Whether the recording was published lately and is not to be published again.</summary>
    public bool IsRepeated(in Candidate candidate)
    {
        var index = candidate.Index;
        if (index >= catalogue.Count)
        {
            return _repeated.Contains(numbers.KeyAt(index));
        }
        do
        {
            if (_repeated.Contains(catalogue.KeyOf(index)))
            {
                return true;
            }
            index = catalogue.NextOfRecording(index);
        } while (index != candidate.Index);
        return false;
    }

    private bool IsMarked(int artist, int mark) => artist >= 0 && (_artists[artist] & mark) != 0;
}
