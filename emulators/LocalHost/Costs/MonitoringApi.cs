using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Nocturne.LocalHost.CommandLine;

namespace Nocturne.LocalHost.Costs;

/// <summary>Cloud Monitoring, as much of it as tells what was used.</summary>
/// <param name="handler">Sends requests; disposed with this.</param>
/// <param name="tokenAsync">An access token.</param>
/// <param name="project">Whose metrics.</param>
/// <param name="time">For pauses.</param>
internal sealed class MonitoringApi(
    HttpMessageHandler handler,
    Func<CancellationToken, Task<string>> tokenAsync,
    string project,
    TimeProvider time
) : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/monitoring.read";

    // A person waits; what does not answer by then is reported.
    private const int Attempts = 4;
    private const int MaxPages = 100; // of a thousand series: a project of ours has tens
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(handler)
    {
        BaseAddress = new Uri("https://monitoring.googleapis.com/"),
        Timeout = CallTimeout,
    };

    /// <summary>With application default credentials, which are fetched at the first call.</summary>
    public static MonitoringApi Of(string project, TimeProvider time)
    {
        ITokenAccess? credential = null;
        return new MonitoringApi(
            new SocketsHttpHandler(),
            async cancellationToken =>
            {
                try
                {
                    credential ??= (await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)).CreateScoped(
                        Scope
                    );
                    return await credential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
                }
                catch (Exception e)
                    when (e is InvalidOperationException or Google.Apis.Auth.OAuth2.Responses.TokenResponseException)
                {
                    throw new CommandFailedException(
                        $"There are no usable application default credentials: {e.Message} "
                            + "Run: gcloud auth application-default login."
                    );
                }
            },
            project,
            time
        );
    }

    /// <summary>Asks a question.</summary>
    /// <returns>A sum a series; none where nothing was written for the metric.</returns>
    /// <exception cref="CommandFailedException">It is refused, or not answered.</exception>
    public async Task<IReadOnlyList<SeriesSum>> ReadAsync(
        TimeSeriesQuery query,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var sums = new List<SeriesSum>();
        string? pageToken = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            var body = await GetAsync(query.PathAndQuery(project, from, to, pageToken), query, cancellationToken);
            try
            {
                (var series, pageToken) = TimeSeriesPage.Read(body, query);
                sums.AddRange(series);
            }
            catch (JsonException e)
            {
                throw new CommandFailedException(
                    $"Cloud Monitoring's answer about {query.Metric} is not read: {e.Message}"
                );
            }
            if (pageToken is null)
            {
                return sums;
            }
        }
        throw new CommandFailedException($"Cloud Monitoring has over {MaxPages} pages of {query.Metric}.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> GetAsync(string address, TimeSeriesQuery query, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string failure;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                request.Headers.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    await tokenAsync(cancellationToken)
                );
                using var response = await _http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return await response.Content.ReadAsByteArrayAsync(cancellationToken);
                }
                failure = await response.Content.ReadAsStringAsync(cancellationToken);
                switch (response.StatusCode)
                {
                    case HttpStatusCode.NotFound:
                        return "{}"u8.ToArray(); // a metric that nothing was ever written for
                    case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                        throw new CommandFailedException(
                            $"Cloud Monitoring refuses these credentials the metrics of the project '{project}' "
                                + $"({(int)response.StatusCode}). They need roles/monitoring.viewer on it: {Shorten(failure)}"
                        );
                    case HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                        break;
                    default:
                        throw new CommandFailedException(
                            $"Cloud Monitoring does not answer about {query.Metric} ({(int)response.StatusCode}): {Shorten(failure)}"
                        );
                }
            }
            catch (HttpRequestException e)
            {
                failure = e.Message;
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                failure = e.Message;
            }
            if (attempt == Attempts)
            {
                throw new CommandFailedException(
                    $"Cloud Monitoring did not answer about {query.Metric} in {Attempts} attempts: {Shorten(failure)}"
                );
            }
            await Task.Delay(FirstPause * (1 << (attempt - 1)), time, cancellationToken);
        }
    }

    private static string Shorten(string text) => text.Length <= 500 ? text : text[..500] + "…";
}
