using System.Diagnostics;
using System.Net;
using Nocturne.Testing;

namespace Nocturne.StorageEmulator.Tests;

public sealed class HostTests(Emulator emulator) : EmulatorTest(emulator)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/health/ready")]
    public async Task Health_Asked_Answers(string path)
    {
        Assert.Contains("Cloud Storage", await Http.GetStringAsync(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/some-bucket/some-object")]
    [InlineData("POST", "/batch/storage/v1")]
    [InlineData("GET", "/storage/v1/b/tests/acl")]
    [InlineData("GET", "/storage/v1/b/tests/o/x/acl")]
    [InlineData("GET", "/storage/v1/b/tests/o/not/escaped")]
    [InlineData("GET", "/storage/v1/b/tests/o/x?X-Goog-Signature=abc")]
    [InlineData("POST", "/upload/storage/v1/b/tests/o?uploadType=media&name=x&predefinedAcl=private")]
    [InlineData("GET", "/storage/v1/b/tests/o?matchGlob=*")]
    [InlineData("PATCH", "/storage/v1/b/tests")]
    public async Task Request_ForWhatIsNotServed_SaysSo(string method, string path)
    {
        await AssertErrorAsync(HttpStatusCode.NotImplemented, "notImplemented", new HttpMethod(method), path);
    }

    [Fact]
    public async Task Base_WithoutStorageV1_IsServedToo()
    {
        var name = NewName();
        await PutAsync(name, "x");

        Assert.Equal("x", await Http.GetStringAsync($"/b/{Bucket}/o/{name}?alt=media"));
    }

    [Fact]
    public async Task Restart_OnTheSameFolder_FindsEverything()
    {
        using var folder = new TemporaryFolder();
        var options = new StorageEmulatorOptions { Folder = folder.Path, Buckets = ["kept"] };
        string before;
        await using (var first = await StorageEmulatorHost.StartAsync(options))
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://{first.Host}") };
            await http.PostAsync(UploadPath("media", "ümläut/🎵", bucket: "kept"), Content("first"u8.ToArray()));
            await http.PostAsync(UploadPath("media", "ümläut/🎵", bucket: "kept"), Content("second"u8.ToArray()));
            await http.PostAsync(UploadPath("media", "deleted", bucket: "kept"), Content("x"u8.ToArray()));
            await http.PatchAsync(ObjectPath("ümläut/🎵", bucket: "kept"), Json("""{"metadata":{"k":"v"}}"""));
            await http.DeleteAsync(ObjectPath("deleted", bucket: "kept"));
            before = await ListAsync(http, first.Host);
        }
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "buckets", "kept", "7.data"), "without a record");

        await using var second = await StorageEmulatorHost.StartAsync(options);
        using var again = new HttpClient { BaseAddress = new Uri($"http://{second.Host}") };

        Assert.Equal(before, await ListAsync(again, second.Host));
        Assert.Equal("second", await again.GetStringAsync(ObjectPath("ümläut/🎵", "?alt=media", "kept")));
        Assert.False(File.Exists(Path.Combine(folder.Path, "buckets", "kept", "7.data")));
        Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "buckets", "kept"), "*.data"));

        static async Task<string> ListAsync(HttpClient http, string host) =>
            (await http.GetStringAsync("/storage/v1/b/kept/o")).Replace(host, "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_AfterACrashBetweenTwoFiles_KeepsTheLaterGeneration()
    {
        using var folder = new TemporaryFolder();
        var options = new StorageEmulatorOptions { Folder = folder.Path, Buckets = ["kept"] };
        var records = Path.Combine(folder.Path, "buckets", "kept");
        var saved = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using (var first = await StorageEmulatorHost.StartAsync(options))
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://{first.Host}") };
            await http.PostAsync(UploadPath("media", "x", bucket: "kept"), Content("old"u8.ToArray()));
            foreach (var file in Directory.GetFiles(records))
            {
                saved[file] = await File.ReadAllBytesAsync(file);
            }
            await http.PostAsync(UploadPath("media", "x", bucket: "kept"), Content("new"u8.ToArray()));
        }
        // As if the process had died before it removed what it had replaced.
        foreach (var (file, bytes) in saved)
        {
            await File.WriteAllBytesAsync(file, bytes);
        }

        await using var second = await StorageEmulatorHost.StartAsync(options);
        using var again = new HttpClient { BaseAddress = new Uri($"http://{second.Host}") };

        Assert.Equal("new", await again.GetStringAsync(ObjectPath("x", "?alt=media", "kept")));
        Assert.Single(Directory.GetFiles(records, "*.data"));
    }

    [Fact]
    public async Task Start_FolderInUse_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = new StorageEmulatorOptions { Folder = folder.Path };
        await using var first = await StorageEmulatorHost.StartAsync(options);

        await Assert.ThrowsAsync<IOException>(() => StorageEmulatorHost.StartAsync(options));
    }

    [Fact]
    public async Task Start_DamagedRecord_NamesTheFile()
    {
        using var folder = new TemporaryFolder();
        var options = new StorageEmulatorOptions { Folder = folder.Path, Buckets = ["kept"] };
        await (await StorageEmulatorHost.StartAsync(options)).DisposeAsync();
        var record = Path.Combine(folder.Path, "buckets", "kept", "5.json");
        await File.WriteAllTextAsync(record, "{");

        var failure = await Assert.ThrowsAsync<IOException>(() => StorageEmulatorHost.StartAsync(options));

        Assert.Contains(record, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TemporaryFolder_AfterDisposal_IsGone()
    {
        var host = await StorageEmulatorHost.StartAsync();
        Assert.True(Directory.Exists(host.Folder));

        await host.DisposeAsync();

        Assert.False(Directory.Exists(host.Folder));
    }

    [Fact]
    public async Task Executable_Started_SaysWhereItListens()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (
            var argument in (string[])
                [
                    typeof(StorageEmulatorHost).Assembly.Location,
                    "--port",
                    "0",
                    "--folder",
                    folder.Path,
                    "--bucket",
                    "made",
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        try
        {
            var listening = await process.StandardOutput.ReadLineAsync();
            var export = await process.StandardOutput.ReadLineAsync();

            Assert.StartsWith("Listening on http://127.0.0.1:", listening, StringComparison.Ordinal);
            var address = export!.Split('=')[1];
            var bucket = await ReadAsync(await SendAsync(HttpMethod.Get, $"{address}/storage/v1/b/made"));
            Assert.Equal("made", (string?)bucket["name"]);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
