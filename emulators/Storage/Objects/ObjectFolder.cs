using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nocturne.StorageEmulator.Http;

namespace Nocturne.StorageEmulator.Objects;

/// <summary>
/// Buckets in a folder: of every object a record (<c>generation.json</c>) and a content (<c>generation.data</c>), and an
/// index of the records in memory.
/// </summary>
/// <remarks>
/// The content is whole before its record is renamed into place, which is the publication; what it replaces is removed
/// after. Opening drops contents without a record and records that a later one of the same name has replaced.
/// </remarks>
internal sealed partial class ObjectFolder : IDisposable
{
    private const string RecordEnding = ".json";
    private const string ContentEnding = ".data";
    private const string BucketFile = "bucket" + RecordEnding;

    // Guards the index, the last generation, and that files change in the order of the index.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, BucketContents> _buckets = new(Utf8Comparer.Instance);
    private readonly FileStream _lock;
    private readonly TimeProvider _time;
    private readonly bool _temporary;
    private long _lastGeneration;
    private long _contents;

    private ObjectFolder(string root, bool temporary, TimeProvider time)
    {
        Root = root;
        _temporary = temporary;
        _time = time;
        Directory.CreateDirectory(root);
        _lock = new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (Directory.Exists(Uploads))
        {
            Directory.Delete(Uploads, recursive: true);
        }
        Directory.CreateDirectory(Uploads);
        Directory.CreateDirectory(BucketsFolder);
        foreach (var folder in Directory.EnumerateDirectories(BucketsFolder))
        {
            Load(folder);
        }
    }

    public string Root { get; }

    private string Uploads => Path.Combine(Root, "uploads");

    private string BucketsFolder => Path.Combine(Root, "buckets");

    /// <summary>Opens a folder, or a temporary one.</summary>
    /// <exception cref="IOException">Another emulator has it open, or a record in it is damaged.</exception>
    public static ObjectFolder Open(string? folder, TimeProvider time) =>
        folder is null
            ? new ObjectFolder(Directory.CreateTempSubdirectory("storage-emulator-").FullName, temporary: true, time)
            : new ObjectFolder(Path.GetFullPath(folder), temporary: false, time);

    /// <summary>Creates a bucket unless it exists.</summary>
    /// <exception cref="ArgumentException">It is not a bucket's name.</exception>
    public void EnsureBucket(string name)
    {
        lock (_gate)
        {
            if (_buckets.ContainsKey(name))
            {
                return;
            }
        }
        if (!IsBucketName(name))
        {
            throw new ArgumentException($"'{name}' is not a bucket's name.", nameof(name));
        }
        CreateBucket(new JsonObject { ["name"] = name });
    }

    public JsonObject CreateBucket(JsonObject resource)
    {
        var name = resource["name"]?.GetValueKind() == JsonValueKind.String ? (string)resource["name"]! : "";
        if (!IsBucketName(name))
        {
            throw ApiException.Invalid($"Invalid bucket name: '{name}'");
        }
        var stored = (JsonObject)resource.DeepClone();
        var now = StoredObject.Text(_time.GetUtcNow());
        stored["timeCreated"] = now;
        stored["updated"] = now;
        stored["metageneration"] = "1";
        stored["location"] ??= "US";
        stored["storageClass"] ??= "STANDARD";
        lock (_gate)
        {
            if (_buckets.ContainsKey(name))
            {
                throw ApiException.Conflict(
                    "Your previous request to create the named bucket succeeded and you already own it."
                );
            }
            var folder = Path.Combine(BucketsFolder, name);
            Directory.CreateDirectory(folder);
            WriteRecord(Path.Combine(folder, BucketFile), stored);
            _buckets.Add(name, new BucketContents(name, stored));
            return stored;
        }
    }

    public JsonObject GetBucket(string name)
    {
        lock (_gate)
        {
            return Bucket(name).Resource;
        }
    }

    /// <summary>Buckets after a name, in order; one more than <paramref name="max"/> where there are more.</summary>
    public IReadOnlyList<(string Name, JsonObject Resource)> ListBuckets(string prefix, string? after, int max)
    {
        lock (_gate)
        {
            return
            [
                .. _buckets
                    .Values.Where(b => b.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Where(b => after is null || Utf8Comparer.Instance.Compare(b.Name, after) > 0)
                    .Take(max + 1)
                    .Select(b => (b.Name, b.Resource)),
            ];
        }
    }

    public void DeleteBucket(string name)
    {
        lock (_gate)
        {
            if (Bucket(name).Count > 0)
            {
                throw ApiException.Conflict("The bucket you tried to delete is not empty.");
            }
            var folder = Path.Combine(BucketsFolder, name);
            File.Delete(Path.Combine(folder, BucketFile));
            Directory.Delete(folder, recursive: true);
            _buckets.Remove(name);
        }
    }

    /// <summary>A place for a content that is about to be received.</summary>
    public PendingContent NewContent()
    {
        var number = Interlocked.Increment(ref _contents);
        return new PendingContent(Path.Combine(Uploads, number.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Raises what publishing such an object would raise now.</summary>
    public void CheckWrite(string bucket, string name, Preconditions conditions)
    {
        lock (_gate)
        {
            conditions.CheckWrite(Bucket(bucket).Find(name));
        }
    }

    /// <summary>Makes a received content an object, if the conditions hold at that moment.</summary>
    public StoredObject Publish(NewObject added, PendingContent content, Preconditions conditions)
    {
        lock (_gate)
        {
            var bucket = Bucket(added.Bucket);
            var current = bucket.Find(added.Name);
            conditions.CheckWrite(current);
            var now = _time.GetUtcNow();
            _lastGeneration = Math.Max(_lastGeneration + 1, (now - DateTimeOffset.UnixEpoch).Ticks / 10);
            var stored = new StoredObject
            {
                Bucket = added.Bucket,
                Name = added.Name,
                Generation = _lastGeneration,
                Metageneration = 1,
                Size = content.Size,
                Crc32C = added.Hashes.Crc32C!,
                Md5 = added.ComponentCount is null ? added.Hashes.Md5 : null,
                ComponentCount = added.ComponentCount,
                TimeCreated = now,
                Updated = now,
                Attributes = added.Attributes,
            };
            File.Move(content.Path, PathOf(stored, ContentEnding));
            WriteRecord(PathOf(stored, RecordEnding), stored);
            bucket.Set(stored);
            if (current is not null)
            {
                Remove(current);
            }
            return stored;
        }
    }

    /// <summary>The live object, or the given generation of it if that is live.</summary>
    public StoredObject Get(string bucket, string name, long? generation, Preconditions conditions)
    {
        lock (_gate)
        {
            var found = Find(bucket, name, generation);
            conditions.CheckRead(found);
            return found;
        }
    }

    /// <summary>The same, with its content, which stays readable whatever happens to the object.</summary>
    public (StoredObject Object, FileStream Content) OpenRead(
        string bucket,
        string name,
        long? generation,
        Preconditions conditions
    )
    {
        lock (_gate)
        {
            var found = Get(bucket, name, generation, conditions);
            var content = new FileStream(
                PathOf(found, ContentEnding),
                new FileStreamOptions
                {
                    Mode = FileMode.Open,
                    Access = FileAccess.Read,
                    Share = FileShare.Read | FileShare.Delete,
                    Options = FileOptions.Asynchronous,
                }
            );
            return (found, content);
        }
    }

    /// <summary>Changes an object's attributes; the metageneration grows.</summary>
    public StoredObject Update(
        string bucket,
        string name,
        long? generation,
        Preconditions conditions,
        Func<JsonObject, JsonObject> change
    )
    {
        lock (_gate)
        {
            var found = Find(bucket, name, generation);
            conditions.CheckWrite(found);
            var changed = found with
            {
                Attributes = change(found.Attributes),
                Metageneration = found.Metageneration + 1,
                Updated = _time.GetUtcNow(),
            };
            WriteRecord(PathOf(changed, RecordEnding), changed);
            Bucket(bucket).Set(changed);
            return changed;
        }
    }

    public void Delete(string bucket, string name, long? generation, Preconditions conditions)
    {
        lock (_gate)
        {
            var found = Find(bucket, name, generation);
            conditions.CheckWrite(found);
            Bucket(bucket).Remove(name);
            Remove(found);
        }
    }

    public ObjectPage List(string bucket, ObjectQuery query)
    {
        lock (_gate)
        {
            return ObjectPage.Of(Bucket(bucket), query);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        if (_temporary)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static bool IsBucketName(string name) => BucketName().IsMatch(name);

    [GeneratedRegex(
        "^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex BucketName();

    /// <summary>Writes a file as a whole: it is there with this content, or as it was.</summary>
    private static void WriteRecord<T>(string path, T record)
    {
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(record));
        File.Move(temporary, path, overwrite: true);
    }

    private static T ReadRecord<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path))
                ?? throw new IOException($"{path} holds nothing.");
        }
        catch (JsonException e)
        {
            throw new IOException($"{path} is damaged: {e.Message}", e);
        }
    }

    private BucketContents Bucket(string name) => _buckets.GetValueOrDefault(name) ?? throw ApiException.NoBucket(name);

    private StoredObject Find(string bucket, string name, long? generation)
    {
        var found = Bucket(bucket).Find(name);
        return found is not null && (generation is null || generation == found.Generation)
            ? found
            : throw ApiException.NoObject(bucket, name);
    }

    private string PathOf(StoredObject stored, string ending) =>
        Path.Combine(BucketsFolder, stored.Bucket, stored.Generation.ToString(CultureInfo.InvariantCulture) + ending);

    /// <summary>Removes the record first: a content without one is nothing.</summary>
    private void Remove(StoredObject stored)
    {
        File.Delete(PathOf(stored, RecordEnding));
        File.Delete(PathOf(stored, ContentEnding));
    }

    private void Load(string folder)
    {
        var name = Path.GetFileName(folder);
        if (!File.Exists(Path.Combine(folder, BucketFile)))
        {
            Directory.Delete(folder, recursive: true);
            return;
        }
        var bucket = new BucketContents(name, ReadRecord<JsonObject>(Path.Combine(folder, BucketFile)));
        _buckets.Add(name, bucket);
        var kept = new HashSet<string>(StringComparer.Ordinal) { Path.Combine(folder, BucketFile) };
        foreach (var path in Directory.EnumerateFiles(folder, "*" + RecordEnding).Where(path => !kept.Contains(path)))
        {
            var stored = ReadRecord<StoredObject>(path);
            _lastGeneration = Math.Max(_lastGeneration, stored.Generation);
            if (bucket.Find(stored.Name) is not { } other || other.Generation < stored.Generation)
            {
                bucket.Set(stored);
            }
        }
        for (var i = 0; i < bucket.Count; i++)
        {
            kept.Add(PathOf(bucket[i], RecordEnding));
            kept.Add(PathOf(bucket[i], ContentEnding));
        }
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => !kept.Contains(path)))
        {
            File.Delete(path);
        }
    }
}

/// <summary>An object that is about to be published.</summary>
/// <param name="Bucket">Its bucket.</param>
/// <param name="Name">Its name.</param>
/// <param name="Attributes">What its writer says of it.</param>
/// <param name="Hashes">Both checksums of the content.</param>
/// <param name="ComponentCount">How many objects it is composed of; null where it is not.</param>
internal sealed record NewObject(
    string Bucket,
    string Name,
    System.Text.Json.Nodes.JsonObject Attributes,
    ContentHashes Hashes,
    int? ComponentCount = null
);
