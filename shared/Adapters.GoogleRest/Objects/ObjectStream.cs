using System.Net;
using System.Net.Http.Headers;
using Nocturne.Ports;

namespace Nocturne.Adapters.GoogleRest;

/// <summary>
/// An object's content as it arrives. Where the connection breaks or stalls, the rest is asked for by range of the same
/// generation; at the end the checksum is compared.
/// </summary>
/// <remarks>
/// Reading throws <see cref="StoreUnavailableException"/>. Synchronous reading, which decompression and binary readers
/// do, waits for the asynchronous: a connection is read in no other way.
/// </remarks>
internal sealed class ObjectStream : Stream
{
    private readonly GoogleApi _api;
    private readonly ObjectAddresses _addresses;
    private readonly ObjectInfo _info;
    private HttpResponseMessage _response;
    private Stream _body;
    private long _position;
    private uint _crc;

    public ObjectStream(
        GoogleApi api,
        ObjectAddresses addresses,
        ObjectInfo info,
        HttpResponseMessage response,
        Stream body
    )
    {
        _api = api;
        _addresses = addresses;
        _info = info;
        _response = response;
        _body = body;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _info.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position == _info.Size)
        {
            return 0;
        }
        var budget = _api.Budget();
        while (true)
        {
            var read = await _api.ReadAsync(_body, buffer, cancellationToken);
            if (read.Failure is null && read.Value > 0)
            {
                Accept(buffer.Span[..read.Value]);
                return read.Value;
            }
            var broken = read.Failure is null
                ? new Attempt<int> { Failure = new EndOfStreamException("the content ended early") }
                : read;
            await ResumeAsync(broken, budget, cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

#pragma warning disable VSTHRD002 // there is no synchronisation context here, and the caller's thread is its own to block
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _response.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Accept(ReadOnlySpan<byte> bytes)
    {
        _position += bytes.Length;
        _crc = Crc32C.Append(_crc, bytes);
        if (_position > _info.Size || (_position == _info.Size && _crc != _info.Crc32C))
        {
            throw new StoreUnavailableException(
                $"{_info.Key} arrived damaged: {_position} bytes with CRC32C {_crc:x8} instead of {_info.Size} with "
                    + $"{_info.Crc32C:x8}. Read it again."
            );
        }
    }

    private async ValueTask ResumeAsync(Attempt<int> broken, RetryBudget budget, CancellationToken cancellationToken)
    {
        var address = _addresses.Object(
            _info.Key,
            FormattableString.Invariant($"alt=media&generation={_info.Generation}")
        );
        var call = new ApiCall<(HttpResponseMessage Response, Stream Body)>(
            "read",
            $"{_info.Key} from byte {_position}",
            () =>
            {
                var request = _api.Service.Request(HttpMethod.Get, address);
                request.Headers.Range = new RangeHeaderValue(_position, to: null);
                return request;
            },
            async (response, cancellation) => (response, await response.Content.ReadAsStreamAsync(cancellation))
        )
        {
            Succeeds = status => status == HttpStatusCode.PartialContent,
            KeepsResponse = true,
        };
        var failure = new Attempt<(HttpResponseMessage, Stream)> { Failure = broken.Failure };
        while (true)
        {
            await _api.PauseAsync(call, failure, budget, mayHaveHappened: false, cancellationToken);
            var attempt = await _api.AttemptAsync(call, cancellationToken);
            if (attempt.Error is { } error)
            {
                throw error.Code == HttpStatusCode.NotFound
                    ? new StoreUnavailableException(
                        $"{_info.Key} was replaced or deleted while its connection was broken. Read it again."
                    )
                    : _api.Refusal(call, error);
            }
            if (attempt.Failure is null)
            {
                _response.Dispose();
                (_response, _body) = attempt.Value;
                return;
            }
            failure = attempt;
        }
    }
}
