using System.Security.Cryptography;
using System.Text.Json;
using Nocturne.Domain;
using Nocturne.Ports;

namespace Nocturne.Identity;

/// <summary>
/// Listeners' tokens, for players and scrobblers: what ListenBrainz calls a user token. Only hashes are stored.
/// </summary>
/// <remarks>
/// <para>
/// A token is a random UUID (version 4, 122 random bits), because some clients accept nothing else. It is stored as
/// the HMAC-SHA256 of it under the deployment's pepper: <c>tokens/{hash}</c> holds whose it is, and
/// <c>token-owners/{listener}</c> the list that is shown. Both change in one commit. A revoked token is gone.
/// </para>
/// <para>
/// Who a token is, is remembered for <see cref="Remembered"/> in this process, so a player that sends a listen every
/// few minutes costs one read each, and one that polls costs two a minute. Tokens that do not exist are not remembered.
/// </para>
/// </remarks>
/// <param name="documents">The store.</param>
/// <param name="pepper">Keys the hashes; null while an operator has set none, and nobody has a token then.</param>
/// <param name="time">The clock.</param>
public sealed class ListenerTokens(IDocumentStore documents, TokenPepper? pepper, TimeProvider time)
{
    /// <summary>The collection of tokens by hash.</summary>
    public const string Tokens = "tokens";

    /// <summary>The collection of the lists of listeners' tokens.</summary>
    public const string Owners = "token-owners";

    /// <summary>Most tokens of one listener: a dozen players and then some.</summary>
    public const int MaxPerListener = 32;

    /// <summary>Most characters of a token's name.</summary>
    public const int MaxNameLength = 64;

    /// <summary>How long a revoked token may still be taken, by a process that saw it shortly before.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    // At about 200 bytes each, 2 MB; forgetting costs a read.
    private const int MaxRemembered = 10_000;

    // Of 64 hexadecimal digits: enough to tell 32 tokens apart.
    private const int IdLength = 12;

    // Guards _known.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ListenerId Listener, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>Makes a token for a listener.</summary>
    /// <param name="listener">Whose it is to be.</param>
    /// <param name="name">What they call it: 1 to <see cref="MaxNameLength"/> characters without control characters.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="FormatException">Not such a name.</exception>
    /// <exception cref="LimitExceededException">The listener has <see cref="MaxPerListener"/> tokens.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer; a token nobody has may have been made.</exception>
    public async ValueTask<NewListenerToken> CreateAsync(
        ListenerId listener,
        string name,
        CancellationToken cancellationToken
    )
    {
        var called = name.Trim();
        if (called.Length is 0 or > MaxNameLength || called.Any(char.IsControl))
        {
            throw new FormatException(
                $"A token's name has 1 to {MaxNameLength} characters without control characters, such as 'navidrome'."
            );
        }
        var token = NewToken();
        var hash = HashOf(token);
        var createdAt = time.GetUtcNow();
        await ChangeOwnedAsync(
            listener,
            owned =>
                owned.Count < MaxPerListener
                    ? ([.. owned, new OwnedToken(hash, called, createdAt)], [Put(hash, listener, called, createdAt)])
                    : throw new LimitExceededException(
                        $"'{listener}' has {MaxPerListener} tokens: revoke one that is not used any more."
                    ),
            cancellationToken
        );
        return new NewListenerToken(token.ToString("D"), new ListenerToken(IdOf(hash), called, createdAt));
    }

    /// <summary>A listener's tokens, in the order in which they were made.</summary>
    public async ValueTask<IReadOnlyList<ListenerToken>> ListAsync(
        ListenerId listener,
        CancellationToken cancellationToken
    )
    {
        var owned = await documents.GetAsync(OwnerKey(listener), cancellationToken);
        return [.. Read(owned).Select(token => new ListenerToken(IdOf(token.Hash), token.Name, token.CreatedAt))];
    }

    /// <summary>Revokes one token of a listener; taken at most <see cref="Remembered"/> longer elsewhere.</summary>
    /// <returns>Whether there was such a token.</returns>
    public async ValueTask<bool> RevokeAsync(ListenerId listener, string id, CancellationToken cancellationToken) =>
        await RevokeAsync(listener, token => IdOf(token.Hash) == id, cancellationToken) > 0;

    /// <summary>Revokes all tokens of a listener.</summary>
    /// <returns>How many there were.</returns>
    public ValueTask<int> RevokeAllAsync(ListenerId listener, CancellationToken cancellationToken) =>
        RevokeAsync(listener, _ => true, cancellationToken);

    /// <summary>Whose a token is; null if it is nobody's.</summary>
    /// <param name="secret">The text that a client sent: anything.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer; try again later.</exception>
    public async ValueTask<Caller?> FindAsync(string secret, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(secret.Trim(), "D", out var token))
        {
            return null;
        }
        var hash = HashOf(token);
        lock (_lock)
        {
            if (_known.TryGetValue(hash, out var known) && time.GetElapsedTime(known.At) < Remembered)
            {
                return new Caller(known.Listener);
            }
        }
        var at = time.GetTimestamp();
        var document = await documents.GetAsync(DocumentKey.Of(Tokens, hash), cancellationToken);
        var stored = document is null
            ? null
            : JsonSerializer.Deserialize(document.Data.Span, TokenJson.Default.StoredToken);
        lock (_lock)
        {
            if (stored is null)
            {
                _known.Remove(hash);
                return null;
            }
            if (_known.Count >= MaxRemembered && !_known.ContainsKey(hash))
            {
                _known.Clear();
            }
            var listener = new ListenerId(stored.Listener);
            _known[hash] = (listener, at);
            return new Caller(listener);
        }
    }

    private async ValueTask<int> RevokeAsync(
        ListenerId listener,
        Func<OwnedToken, bool> isMeant,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<OwnedToken> revoked = [];
        await ChangeOwnedAsync(
            listener,
            owned =>
            {
                revoked = [.. owned.Where(isMeant)];
                return revoked.Count == 0
                    ? null
                    : (
                        [.. owned.Except(revoked)],
                        [.. revoked.Select(token => DocumentWrite.Delete(DocumentKey.Of(Tokens, token.Hash)))]
                    );
            },
            cancellationToken
        );
        lock (_lock)
        {
            foreach (var token in revoked)
            {
                _known.Remove(token.Hash);
            }
        }
        return revoked.Count;
    }

    /// <summary>Changes a listener's list, and with it the tokens, on the condition that nobody else did.</summary>
    private async ValueTask ChangeOwnedAsync(
        ListenerId listener,
        Func<IReadOnlyList<OwnedToken>, (IReadOnlyList<OwnedToken> Owned, DocumentWrite[] Writes)?> change,
        CancellationToken cancellationToken
    )
    {
        var key = OwnerKey(listener);
        for (var attempt = 1; ; attempt++)
        {
            var read = await documents.GetAsync(key, cancellationToken);
            if (change(Read(read)) is not { } changed)
            {
                return;
            }
            var list = JsonSerializer.SerializeToUtf8Bytes(
                new OwnedTokens(changed.Owned),
                TokenJson.Default.OwnedTokens
            );
            var write = changed.Owned.Count == 0 ? DocumentWrite.Delete(key) : DocumentWrite.Put(key, list);
            try
            {
                await documents.CommitAsync([write.IfUnchangedSince(read), .. changed.Writes], cancellationToken);
                return;
            }
            catch (DocumentConflictException) when (attempt < DocumentStoreExtensions.DefaultMaxAttempts)
            {
                await Task.Delay(DocumentStoreExtensions.Backoff(key, attempt), time, cancellationToken);
            }
        }
    }

    private static DocumentWrite Put(string hash, ListenerId listener, string name, DateTimeOffset createdAt) =>
        DocumentWrite
            .Put(
                DocumentKey.Of(Tokens, hash),
                JsonSerializer.SerializeToUtf8Bytes(
                    new StoredToken(listener.Value, name, createdAt),
                    TokenJson.Default.StoredToken
                )
            )
            .IfAbsent();

    private static IReadOnlyList<OwnedToken> Read(Document? document) =>
        document is null
            ? []
            : JsonSerializer.Deserialize(document.Data.Span, TokenJson.Default.OwnedTokens)?.Tokens ?? [];

    private static DocumentKey OwnerKey(ListenerId listener) => DocumentKey.Of(Owners, StorageName.Of(listener.Value));

    private string HashOf(Guid token) =>
        pepper is not null
            ? pepper.HashOf(token)
            : throw new StoreUnavailableException(
                $"Tokens cannot be told: {TokenPepper.Variable} is not set. See docs/operations.md, Secrets."
            );

    private static string IdOf(string hash) => hash[..IdLength];

    private static Guid NewToken()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
