namespace Nocturne.Recommending;

/// <summary>Reads an artefact front to back, and names where it ends too soon.</summary>
internal sealed class ArtefactReader(Stream stream)
{
    public long Position { get; private set; }

    public void Fill(Span<byte> bytes, string what)
    {
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Position += read;
        if (read < bytes.Length)
        {
            throw new ModelArtefactException(
                $"The artefact is truncated: its {what} goes on after byte {Position}, where the data ends."
            );
        }
    }

    public void SkipPadding(long offset, string before)
    {
        if (offset < Position || offset - Position >= ModelArtefact.Alignment)
        {
            throw new ModelArtefactException(
                $"The artefact's section '{before}' begins at byte {offset}, and {ModelArtefact.Align(Position)} was expected."
            );
        }
        var padding = new byte[offset - Position];
        Fill(padding, $"padding before '{before}'");
        if (padding.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new ModelArtefactException($"The artefact's padding before '{before}' is damaged: it is not zero.");
        }
    }
}
