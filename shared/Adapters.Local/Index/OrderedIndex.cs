namespace Nocturne.Adapters.Local;

/// <summary>
/// A sorted map from names to small values, in <see cref="Utf8Order"/>: sorted pages in a sorted list, a B+ tree of two
/// levels. It costs a small collection little, and a large one no more than a few hundred moves for an insertion.
/// </summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class OrderedIndex<TValue>
    where TValue : struct
{
    private const int PageEntries = 256;

    // All pages but the only one are never empty, so that each has a first key.
    private Page[] _pages = [new Page()];
    private int _pageCount = 1;

    public int Count { get; private set; }

    /// <summary>The value of a name; a null reference (<see cref="System.Runtime.CompilerServices.Unsafe.IsNullRef{T}"/>) where there is none.</summary>
    public ref TValue Find(ReadOnlySpan<char> name)
    {
        var page = _pages[PageOf(name)];
        var index = page.IndexOf(name);
        return ref index >= 0
            ? ref page.Entries[index].Value
            : ref System.Runtime.CompilerServices.Unsafe.NullRef<TValue>();
    }

    /// <summary>Adds or replaces.</summary>
    public void Set(string name, TValue value)
    {
        var at = PageOf(name);
        var page = _pages[at];
        var index = page.IndexOf(name);
        if (index >= 0)
        {
            page.Entries[index].Value = value;
            return;
        }
        index = ~index;
        if (page.Count == PageEntries)
        {
            // Names that arrive in order leave full pages behind instead of half-empty ones.
            var keep = index == PageEntries && at == _pageCount - 1 ? PageEntries : PageEntries / 2;
            var upper = page.SplitAt(keep);
            InsertPage(at + 1, upper);
            if (index >= keep)
            {
                page = upper;
                index -= keep;
            }
        }
        page.Insert(index, name, value);
        Count++;
    }

    /// <summary>Removes; false where there was none.</summary>
    public bool Remove(ReadOnlySpan<char> name)
    {
        var at = PageOf(name);
        var page = _pages[at];
        var index = page.IndexOf(name);
        if (index < 0)
        {
            return false;
        }
        page.RemoveAt(index);
        Count--;
        if (page.Count == 0 && _pageCount > 1)
        {
            _pageCount--;
            Array.Copy(_pages, at + 1, _pages, at, _pageCount - at);
            _pages[_pageCount] = null!;
        }
        return true;
    }

    /// <summary>
    /// Copies the entries from <paramref name="from"/> on (exclusive of it where <paramref name="after"/>), in order, up
    /// to the span's length; returns how many there were.
    /// </summary>
    public int CopyFrom(ReadOnlySpan<char> from, bool after, Span<Entry> destination)
    {
        var at = PageOf(from);
        var index = _pages[at].IndexOf(from);
        index =
            index < 0 ? ~index
            : after ? index + 1
            : index;
        var copied = 0;
        while (copied < destination.Length && at < _pageCount)
        {
            var page = _pages[at];
            var count = Math.Min(page.Count - index, destination.Length - copied);
            page.Entries.AsSpan(index, count).CopyTo(destination[copied..]);
            copied += count;
            index = 0;
            at++;
        }
        return copied;
    }

    private int PageOf(ReadOnlySpan<char> name)
    {
        // The last page whose first name is not greater; else the first page.
        var (low, high) = (1, _pageCount - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (Utf8Order.Compare(_pages[middle].Entries[0].Name, name) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return high;
    }

    private void InsertPage(int at, Page page)
    {
        if (_pageCount == _pages.Length)
        {
            Array.Resize(ref _pages, _pages.Length * 2);
        }
        Array.Copy(_pages, at, _pages, at + 1, _pageCount - at);
        _pages[at] = page;
        _pageCount++;
    }

    internal struct Entry
    {
        public string Name;
        public TValue Value;
    }

    private sealed class Page
    {
        private const int InitialEntries = 2;

        public Entry[] Entries = [];
        public int Count;

        public int IndexOf(ReadOnlySpan<char> name)
        {
            var (low, high) = (0, Count - 1);
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = Utf8Order.Compare(Entries[middle].Name, name);
                if (order == 0)
                {
                    return middle;
                }
                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }
            return ~low;
        }

        public void Insert(int index, string name, TValue value)
        {
            if (Count == Entries.Length)
            {
                // Half as much again: most collections are small, and there are many of them.
                var room = Math.Max(InitialEntries, Entries.Length + (Entries.Length / 2));
                Array.Resize(ref Entries, Math.Min(room, PageEntries));
            }
            Array.Copy(Entries, index, Entries, index + 1, Count - index);
            Entries[index] = new Entry { Name = name, Value = value };
            Count++;
        }

        public void RemoveAt(int index)
        {
            Count--;
            Array.Copy(Entries, index + 1, Entries, index, Count - index);
            Entries[Count] = default;
        }

        public Page SplitAt(int index)
        {
            var upper = new Page { Entries = new Entry[PageEntries], Count = Count - index };
            Array.Copy(Entries, index, upper.Entries, 0, upper.Count);
            Array.Clear(Entries, index, upper.Count);
            Count = index;
            return upper;
        }
    }
}
