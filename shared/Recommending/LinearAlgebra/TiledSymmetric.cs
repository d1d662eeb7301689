namespace Nocturne.Recommending;

/// <summary>
/// A large symmetric matrix in single precision: the upper triangle, in square tiles that each lie together.
/// </summary>
/// <remarks>Half a square of floats, 2·size² bytes: 134 MB for 8,192 rows. Padded by whole tiles.</remarks>
internal sealed class TiledSymmetric
{
    /// <summary>Rows of a tile: three tiles fit a first-level cache.</summary>
    public const int Side = 64;

    /// <summary>Numbers of a tile.</summary>
    public const int TileLength = Side * Side;

    private readonly float[] _values;

    /// <summary>Allocates zeros.</summary>
    public TiledSymmetric(int size)
    {
        Size = size;
        Tiles = (size + Side - 1) / Side;
        _values = new float[Tiles * (Tiles + 1) / 2 * (long)TileLength];
    }

    /// <summary>Rows.</summary>
    public int Size { get; }

    /// <summary>Rows of tiles.</summary>
    public int Tiles { get; }

    /// <summary>A tile on or above the diagonal, its rows one after the other.</summary>
    public Span<float> Tile(int row, int column) =>
        _values.AsSpan(((row * ((2 * Tiles) - row + 1) / 2) + column - row) * TileLength, TileLength);

    /// <summary>A number on the diagonal.</summary>
    public ref float Diagonal(int row) => ref Tile(row / Side, row / Side)[(row % Side) * (Side + 1)];

    /// <summary>Copies a row of tiles, those below the diagonal by symmetry, into full rows.</summary>
    /// <param name="tileRow">Which.</param>
    /// <param name="rows">Receives <see cref="Side"/> rows of <see cref="Tiles"/> · <see cref="Side"/> numbers.</param>
    public void CopyRows(int tileRow, Span<float> rows)
    {
        var stride = Tiles * Side;
        for (var tileColumn = 0; tileColumn < Tiles; tileColumn++)
        {
            if (tileColumn > tileRow)
            {
                var tile = Tile(tileRow, tileColumn);
                for (var r = 0; r < Side; r++)
                {
                    tile.Slice(r * Side, Side).CopyTo(rows[((r * stride) + (tileColumn * Side))..]);
                }
                continue;
            }
            var across = Tile(tileColumn, tileRow);
            for (var r = 0; r < Side; r++)
            {
                var row = rows.Slice((r * stride) + (tileColumn * Side), Side);
                for (var c = 0; c < Side; c++)
                {
                    // Of a tile on the diagonal the upper triangle counts.
                    row[c] = tileColumn == tileRow && c > r ? across[(r * Side) + c] : across[(c * Side) + r];
                }
            }
        }
    }
}
