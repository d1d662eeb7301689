using System.Buffers.Binary;
using System.Text;
using Nocturne.Ports;
using Nocturne.Testing;
using Xunit;

namespace Nocturne.Contracts;

/// <summary>What every <see cref="IDocumentStore"/> does, whatever it runs on. Each test has collections of its own.</summary>
public abstract class DocumentStoreContract
{
    /// <summary>The store under test.</summary>
    protected abstract IDocumentStore Store { get; }

    /// <summary>The clock that the store expires documents by.</summary>
    protected virtual TimeProvider Time => TimeProvider.System;

    private static CancellationToken None => CancellationToken.None;

    [ContractFact]
    public async Task Get_NeverWritten_IsNull()
    {
        Assert.Null(await Store.GetAsync(NewKey(), None));
    }

    [ContractFact]
    public async Task Put_ThenGet_GivesTheSameBytesKeyAndAVersion()
    {
        var key = NewKey();

        await PutAsync(key, "content");

        var document = await Store.GetAsync(key, None);
        Assert.NotNull(document);
        Assert.Equal(key, document.Key);
        Assert.Equal("content", Text(document));
        Assert.NotEqual(0, document.Version.Value);
        Assert.Null(document.ExpiresAt);
    }

    [ContractFact]
    public async Task Put_EveryByteValue_RoundTrips()
    {
        var key = NewKey();
        var data = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        await Store.CommitAsync([DocumentWrite.Put(key, data)], None);

        Assert.Equal(data, (await Store.GetAsync(key, None))!.Data.ToArray());
    }

    [ContractFact]
    public async Task Put_EmptyData_IsADocument()
    {
        var key = NewKey();

        await Store.CommitAsync([DocumentWrite.Put(key, Array.Empty<byte>())], None);

        Assert.Equal(0, (await Store.GetAsync(key, None))!.Data.Length);
    }

    [ContractFact]
    public async Task Put_CallersBufferChangedAfterwards_StoredBytesStay()
    {
        var key = NewKey();
        var buffer = Encoding.UTF8.GetBytes("before");

        await Store.CommitAsync([DocumentWrite.Put(key, buffer)], None);
        buffer.AsSpan().Fill((byte)'x');

        Assert.Equal("before", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task Put_Twice_ChangesTheVersionAndKeepsTheLast()
    {
        var key = NewKey();
        await PutAsync(key, "first");
        var first = await Store.GetAsync(key, None);

        await PutAsync(key, "first");

        var second = await Store.GetAsync(key, None);
        Assert.Equal("first", Text(second));
        Assert.NotEqual(first!.Version, second!.Version);
    }

    [ContractFact]
    public async Task Put_LargestDocument_RoundTrips()
    {
        var key = NewKey();
        var data = new byte[DocumentLimits.MaxDocumentBytes];
        new Random(1).NextBytes(data);

        await Store.CommitAsync([DocumentWrite.Put(key, data)], None);

        Assert.True((await Store.GetAsync(key, None))!.Data.Span.SequenceEqual(data));
    }

    [ContractFact]
    public async Task Commit_DocumentOverTheLimit_IsRefusedWhole()
    {
        var (small, large) = (NewKey(), NewKey());

        await Assert.ThrowsAsync<LimitExceededException>(async () =>
            await Store.CommitAsync(
                [Write(small, "x"), DocumentWrite.Put(large, new byte[DocumentLimits.MaxDocumentBytes + 1])],
                None
            )
        );

        Assert.Null(await Store.GetAsync(small, None));
    }

    [ContractFact]
    public async Task Commit_BytesOverTheLimit_IsRefused()
    {
        var collection = Unique.Name("limits");
        var count = (DocumentLimits.MaxCommitBytes / DocumentLimits.MaxDocumentBytes) + 1;
        var data = new byte[DocumentLimits.MaxDocumentBytes];
        var writes = Enumerable
            .Range(0, count)
            .Select(i => DocumentWrite.Put(DocumentKey.Of(collection, $"d{i}"), data))
            .ToArray();

        await Assert.ThrowsAsync<LimitExceededException>(async () => await Store.CommitAsync(writes, None));

        Assert.Empty(await ListAsync(collection));
    }

    [ContractFact]
    public async Task Commit_WritesOverTheLimit_IsRefused()
    {
        var collection = Unique.Name("limits");
        var writes = Enumerable
            .Range(0, DocumentLimits.MaxCommitWrites + 1)
            .Select(i => Write(DocumentKey.Of(collection, $"d{i}"), "x"))
            .ToArray();

        await Assert.ThrowsAsync<LimitExceededException>(async () => await Store.CommitAsync(writes, None));

        Assert.Empty(await ListAsync(collection));
    }

    [ContractFact]
    public async Task Commit_AsManyWritesAsAllowed_AppliesAll()
    {
        var collection = Unique.Name("limits");
        var writes = Enumerable
            .Range(0, DocumentLimits.MaxCommitWrites)
            .Select(i => Write(DocumentKey.Of(collection, $"d{i:d3}"), "x"))
            .ToArray();

        await Store.CommitAsync(writes, None);

        Assert.Equal(writes.Select(w => w.Key.Id), await ListAsync(collection));
    }

    [ContractFact]
    public async Task Commit_OneKeyTwice_IsRefused()
    {
        var key = NewKey();

        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await Store.CommitAsync([Write(key, "a"), DocumentWrite.Delete(key)], None)
        );

        Assert.Null(await Store.GetAsync(key, None));
    }

    [ContractFact]
    public async Task Delete_Existing_RemovesIt()
    {
        var key = NewKey();
        await PutAsync(key, "x");

        await Store.CommitAsync([DocumentWrite.Delete(key)], None);

        Assert.Null(await Store.GetAsync(key, None));
        Assert.Empty(await ListAsync(key.Collection));
    }

    [ContractFact]
    public async Task Delete_Absent_IsNoError()
    {
        await Store.CommitAsync([DocumentWrite.Delete(NewKey())], None);
    }

    [ContractFact]
    public async Task Delete_Parent_LeavesItsSubcollections()
    {
        var parent = NewKey();
        var child = DocumentKey.Of($"{parent}/days", "2026-11-21");
        await Store.CommitAsync([Write(parent, "p"), Write(child, "c")], None);

        await Store.CommitAsync([DocumentWrite.Delete(parent)], None);

        Assert.Null(await Store.GetAsync(parent, None));
        Assert.Equal("c", Text(await Store.GetAsync(child, None)));
    }

    [ContractFact]
    public async Task IfAbsent_Absent_Creates()
    {
        var key = NewKey();

        await Store.CommitAsync([Write(key, "x").IfAbsent()], None);

        Assert.Equal("x", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task IfAbsent_Existing_Conflicts()
    {
        var key = NewKey();
        await PutAsync(key, "old");

        await AssertConflictAsync(Write(key, "new").IfAbsent());

        Assert.Equal("old", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task IfAbsent_OfADelete_GuardsTheOtherWrites()
    {
        var (guard, key) = (NewKey(), NewKey());

        await Store.CommitAsync([Write(key, "1"), DocumentWrite.Delete(guard).IfAbsent()], None);
        await PutAsync(guard, "there");
        await AssertConflictAsync(Write(key, "2"), DocumentWrite.Delete(guard).IfAbsent());

        Assert.Equal("1", Text(await Store.GetAsync(key, None)));
        Assert.Equal("there", Text(await Store.GetAsync(guard, None)));
    }

    [ContractFact]
    public async Task IfAbsent_DeletedBefore_Creates()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        await Store.CommitAsync([DocumentWrite.Delete(key)], None);

        await Store.CommitAsync([Write(key, "new").IfAbsent()], None);

        Assert.Equal("new", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task IfUnchanged_NobodyWrote_Applies()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        var read = await Store.GetAsync(key, None);

        await Store.CommitAsync([Write(key, "new").IfUnchangedSince(read)], None);

        Assert.Equal("new", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task IfUnchanged_AnotherWroteTheSameBytes_Conflicts()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        var read = await Store.GetAsync(key, None);
        await PutAsync(key, "old");

        await AssertConflictAsync(Write(key, "new").IfUnchangedSince(read));

        Assert.Equal("old", Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task IfUnchanged_DeletedMeanwhile_Conflicts()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        var read = await Store.GetAsync(key, None);
        await Store.CommitAsync([DocumentWrite.Delete(key)], None);

        await AssertConflictAsync(Write(key, "new").IfUnchangedSince(read));

        Assert.Null(await Store.GetAsync(key, None));
    }

    [ContractFact]
    public async Task IfUnchanged_DeletedAndWrittenAgain_Conflicts()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        var read = await Store.GetAsync(key, None);
        await Store.CommitAsync([DocumentWrite.Delete(key)], None);
        await PutAsync(key, "old");

        await AssertConflictAsync(Write(key, "new").IfUnchangedSince(read));
    }

    [ContractFact]
    public async Task IfUnchanged_Delete_IsConditionalToo()
    {
        var key = NewKey();
        await PutAsync(key, "old");
        var read = await Store.GetAsync(key, None);
        await PutAsync(key, "newer");

        await AssertConflictAsync(DocumentWrite.Delete(key).IfUnchangedSince(read));
        await Store.CommitAsync([DocumentWrite.Delete(key).IfUnchangedSince(await Store.GetAsync(key, None))], None);

        Assert.Null(await Store.GetAsync(key, None));
    }

    [ContractFact]
    public async Task Commit_OneConditionFails_NothingIsWritten()
    {
        var (guarded, put, deleted) = (NewKey(), NewKey(), NewKey());
        await Store.CommitAsync([Write(guarded, "1"), Write(deleted, "stays")], None);

        await AssertConflictAsync(Write(put, "2"), DocumentWrite.Delete(deleted), Write(guarded, "3").IfAbsent());

        Assert.Equal("1", Text(await Store.GetAsync(guarded, None)));
        Assert.Null(await Store.GetAsync(put, None));
        Assert.Equal("stays", Text(await Store.GetAsync(deleted, None)));
    }

    [ContractFact]
    public async Task Commit_SeveralCollections_AppliesAll()
    {
        var listener = NewKey();
        var day = DocumentKey.Of($"{listener}/days", "2026-11-21");
        var month = DocumentKey.Of($"{listener}/months", "2026-11");

        await Store.CommitAsync([Write(listener, "head"), Write(day, "day"), Write(month, "month")], None);

        var read = await Store.GetManyAsync([month, listener, day], None);
        Assert.Equal(["month", "head", "day"], read.Select(Text));
    }

    [ContractFact]
    public async Task GetMany_SomeAbsent_KeepsTheOrderAskedFor()
    {
        var (a, absent, b) = (NewKey(), NewKey(), NewKey());
        await Store.CommitAsync([Write(a, "a"), Write(b, "b")], None);

        var read = await Store.GetManyAsync([b, absent, a, absent], None);

        Assert.Equal(["b", null, "a", null], read.Select(d => d is null ? null : Text(d)));
    }

    [ContractFact]
    public async Task GetMany_NoKeys_IsEmpty()
    {
        Assert.Empty(await Store.GetManyAsync([], None));
    }

    [ContractFact]
    public async Task Update_HundredConcurrentIncrements_EndAtHundred()
    {
        const int Writers = 10;
        const int EachWrites = 10;
        var key = NewKey();

        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < EachWrites; i++)
                        {
                            await Store.UpdateAsync(key, Increment, TimeProvider.System, None);
                        }
                    })
                )
        );

        Assert.Equal(
            Writers * EachWrites,
            BinaryPrimitives.ReadInt32LittleEndian((await Store.GetAsync(key, None))!.Data.Span)
        );

        static ReadOnlyMemory<byte>? Increment(Document? read)
        {
            var data = new byte[sizeof(int)];
            var old = read is null ? 0 : BinaryPrimitives.ReadInt32LittleEndian(read.Data.Span);
            BinaryPrimitives.WriteInt32LittleEndian(data, old + 1);
            return data;
        }
    }

    [ContractFact]
    public async Task Commit_ConcurrentCreatesOfOneKey_OneWins()
    {
        var key = NewKey();

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        try
                        {
                            await Store.CommitAsync([Write(key, $"writer {i}").IfAbsent()], None);
                            return $"writer {i}";
                        }
                        catch (DocumentConflictException)
                        {
                            return null;
                        }
                    })
                )
        );

        var winner = Assert.Single(outcomes, o => o is not null);
        Assert.Equal(winner, Text(await Store.GetAsync(key, None)));
    }

    [ContractFact]
    public async Task Commit_TwoKeysWrittenTogetherConcurrently_AgreeInTheEnd()
    {
        var (a, b) = (NewKey(), NewKey());

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i => Task.Run(async () => await Store.CommitAsync([Write(a, $"{i}"), Write(b, $"{i}")], None)))
        );

        Assert.Equal(Text(await Store.GetAsync(a, None)), Text(await Store.GetAsync(b, None)));
    }

    [ContractFact]
    public async Task List_UnknownCollection_IsEmpty()
    {
        Assert.Empty(await ListAsync(Unique.Name("none")));
    }

    [ContractFact]
    public async Task List_Collection_IsInByteOrderOfIds()
    {
        // U+E000 comes before U+1F3B5 in UTF-8, though after its surrogates in UTF-16.
        string[] ids = ["10", "9", "A", "Z", "a", "aa", "ä", "\ue000", "🎵"];
        var collection = Unique.Name("order");
        foreach (var id in ids.Reverse())
        {
            await PutAsync(DocumentKey.Of(collection, id), id);
        }

        Assert.Equal(ids, await ListAsync(collection));
    }

    [ContractFact]
    public async Task List_Documents_ComeWithDataAndVersion()
    {
        var key = NewKey();
        await PutAsync(key, "content");

        var listed = new List<Document>();
        await foreach (var document in Store.ListAsync(key.Collection, null, null, None))
        {
            listed.Add(document);
        }

        var read = await Store.GetAsync(key, None);
        var only = Assert.Single(listed);
        Assert.Equal("content", Text(only));
        Assert.Equal((read!.Key, read.Version), (only.Key, only.Version));
    }

    [ContractTheory]
    [InlineData(null, null, "b,bb,c,d")]
    [InlineData("b", null, "b,bb,c,d")]
    [InlineData("ba", null, "bb,c,d")]
    [InlineData(null, "c", "b,bb")]
    [InlineData("bb", "d", "bb,c")]
    [InlineData("c", "c", "")]
    [InlineData("x", null, "")]
    [InlineData(null, "a", "")]
    public async Task List_Range_IncludesFromAndExcludesTo(string? from, string? to, string expected)
    {
        var collection = Unique.Name("range");
        await Store.CommitAsync(
            [.. new[] { "b", "bb", "c", "d" }.Select(id => Write(DocumentKey.Of(collection, id), id))],
            None
        );

        Assert.Equal(expected, string.Join(',', await ListAsync(collection, from, to)));
    }

    [ContractFact]
    public async Task List_ManyDocuments_CrossesPages()
    {
        const int Count = 1100;
        var collection = Unique.Name("pages");
        var ids = Enumerable.Range(0, Count).Select(i => $"{i:d5}").ToArray();
        foreach (var chunk in ids.Chunk(DocumentLimits.MaxCommitWrites))
        {
            await Store.CommitAsync([.. chunk.Select(id => Write(DocumentKey.Of(collection, id), id))], None);
        }

        Assert.Equal(ids, await ListAsync(collection));
        Assert.Equal(ids[300..700], await ListAsync(collection, "00300", "00700"));
    }

    [ContractFact]
    public async Task List_Pages_HoldAtMostThePageSize()
    {
        var collection = Unique.Name("pages");
        await Store.CommitAsync(
            [.. Enumerable.Range(0, 25).Select(i => Write(DocumentKey.Of(collection, $"{i:d2}"), "x"))],
            None
        );

        var sizes = new List<int>();
        await foreach (var page in Store.ListPagesAsync(collection, 10, None))
        {
            sizes.Add(page.Count);
        }

        Assert.Equal([10, 10, 5], sizes);
    }

    [ContractFact]
    public async Task List_Collection_LeavesOutSubcollectionsAndSiblings()
    {
        var collection = Unique.Name("listeners");
        var parent = DocumentKey.Of(collection, "a");
        await Store.CommitAsync(
            [
                Write(parent, "parent"),
                Write(DocumentKey.Of($"{collection}/a/days", "1"), "child"),
                Write(DocumentKey.Of($"{collection}/b/days", "2"), "child of another"),
                Write(DocumentKey.Of($"{collection}x", "c"), "other collection"),
            ],
            None
        );

        Assert.Equal(["a"], await ListAsync(collection));
        Assert.Equal(["1"], await ListAsync($"{collection}/a/days"));
        Assert.Equal(["2"], await ListAsync($"{collection}/b/days"));
    }

    [ContractFact]
    public async Task List_WritesMeanwhile_KeepsOrderAndWhatWasNotTouched()
    {
        var collection = Unique.Name("busy");
        var kept = Enumerable.Range(0, 400).Select(i => $"{i:d4}-kept").ToArray();
        await Store.CommitAsync([.. kept.Select(id => Write(DocumentKey.Of(collection, id), id))], None);

        var seen = new List<string>();
        var written = 0;
        await foreach (var document in Store.ListAsync(collection, null, null, None))
        {
            seen.Add(document.Key.Id);
            if (seen.Count % 40 == 0)
            {
                await PutAsync(DocumentKey.Of(collection, $"{(written * 53) % 400:d4}-new{written++}"), "x");
            }
        }

        Assert.Equal(kept, seen.Where(id => id.EndsWith("kept", StringComparison.Ordinal)));
        Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
    }

    [ContractFact]
    public async Task Names_UnicodeAndPunctuation_RoundTrip()
    {
        string[] ids =
        [
            "spaces and + signs",
            "per%cent%2Fslash",
            "ümläut-Ωmega-日本語",
            "🎵🎶",
            "quotes\"'`",
            "a.b..c",
            "__x",
            "#?&=;:@",
            new string('x', 1400),
        ];
        var collection = Unique.Name("names-ünï 🎵");
        foreach (var id in ids)
        {
            await PutAsync(DocumentKey.Of(collection, id), id);
        }

        foreach (var id in ids)
        {
            Assert.Equal(id, Text(await Store.GetAsync(DocumentKey.Of(collection, id), None)));
        }
        Assert.Equal(ids.Length, (await ListAsync(collection)).Count);
    }

    [ContractFact]
    public async Task Expiry_InTheFuture_IsStoredAndReadBack()
    {
        var key = NewKey();
        var expires = new DateTimeOffset(Time.GetUtcNow().Year + 5, 1, 2, 3, 4, 5, TimeSpan.Zero);

        await Store.CommitAsync([Write(key, "x") with { ExpiresAt = expires }], None);

        Assert.Equal(expires, (await Store.GetAsync(key, None))!.ExpiresAt);
    }

    [ContractFact]
    public async Task Expiry_InThePast_ReadsAsAbsent()
    {
        var key = NewKey();

        await Store.CommitAsync([Write(key, "x") with { ExpiresAt = Time.GetUtcNow().AddMinutes(-1) }], None);

        Assert.Null(await Store.GetAsync(key, None));
        Assert.Null((await Store.GetManyAsync([key], None))[0]);
        Assert.Empty(await ListAsync(key.Collection));
    }

    [ContractFact]
    public async Task Expiry_InThePast_CountsAsAbsentForConditions()
    {
        var key = NewKey();
        await Store.CommitAsync([Write(key, "lease") with { ExpiresAt = Time.GetUtcNow().AddMinutes(-1) }], None);

        await Store.CommitAsync([Write(key, "next lease").IfUnchangedSince(await Store.GetAsync(key, None))], None);

        Assert.Equal("next lease", Text(await Store.GetAsync(key, None)));
        await AssertConflictAsync(Write(key, "third").IfAbsent());
    }

    [ContractFact]
    public async Task Expiry_PutWithout_RemovesIt()
    {
        var key = NewKey();
        await Store.CommitAsync([Write(key, "x") with { ExpiresAt = Time.GetUtcNow().AddDays(1) }], None);

        await PutAsync(key, "y");

        Assert.Null((await Store.GetAsync(key, None))!.ExpiresAt);
    }

    [ContractFact]
    public async Task Cancelled_BeforeTheCall_ChangesNothing()
    {
        var key = NewKey();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.CommitAsync([Write(key, "x")], cancelled.Token)
        );

        Assert.Null(await Store.GetAsync(key, None));
    }

    private static DocumentKey NewKey() => DocumentKey.Of(Unique.Name("contract"), "document");

    private static DocumentWrite Write(DocumentKey key, string text) =>
        DocumentWrite.Put(key, Encoding.UTF8.GetBytes(text));

    private static string Text(Document? document)
    {
        Assert.NotNull(document);
        return Encoding.UTF8.GetString(document.Data.Span);
    }

    private ValueTask PutAsync(DocumentKey key, string text) => Store.CommitAsync([Write(key, text)], None);

    private async Task AssertConflictAsync(params DocumentWrite[] writes) =>
        await Assert.ThrowsAsync<DocumentConflictException>(async () => await Store.CommitAsync(writes, None));

    private async Task<List<string>> ListAsync(string collection, string? from = null, string? to = null)
    {
        var ids = new List<string>();
        await foreach (var document in Store.ListAsync(collection, from, to, None))
        {
            ids.Add(document.Key.Id);
        }
        return ids;
    }
}
