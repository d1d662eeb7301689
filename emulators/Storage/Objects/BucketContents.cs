using System.Text.Json.Nodes;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>A bucket and its objects in the order of their names. Guarded by <see cref="ObjectFolder"/>.</summary>
internal sealed class BucketContents(string name, JsonObject resource)
{
    private readonly List<StoredObject> _objects = [];

    public string Name { get; } = name;

    /// <summary>The bucket's resource, but for its links.</summary>
    public JsonObject Resource { get; } = resource;

    public int Count => _objects.Count;

    public StoredObject this[int index] => _objects[index];

    public StoredObject? Find(string name)
    {
        var at = LowerBound(name);
        return at < _objects.Count && _objects[at].Name == name ? _objects[at] : null;
    }

    public void Set(StoredObject stored)
    {
        var at = LowerBound(stored.Name);
        if (at < _objects.Count && _objects[at].Name == stored.Name)
        {
            _objects[at] = stored;
        }
        else
        {
            _objects.Insert(at, stored);
        }
    }

    public void Remove(string name) => _objects.RemoveAt(LowerBound(name));

    /// <summary>Where the first object with a name at or after <paramref name="name"/> is.</summary>
    public int LowerBound(string name)
    {
        var (low, high) = (0, _objects.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Utf8Comparer.Instance.Compare(_objects[middle].Name, name) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }
}
