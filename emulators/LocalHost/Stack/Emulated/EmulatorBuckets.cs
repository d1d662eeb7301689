using System.Net;
using System.Net.Http.Json;
using Nocturne.Emulators;
using Nocturne.Topology;

namespace Nocturne.LocalHost.Stack.Emulated;

/// <summary>Makes the buckets of Topology on a Cloud Storage emulator.</summary>
internal static class EmulatorBuckets
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="EmulatorFailedException">The emulator did not answer or refused.</exception>
    public static async Task CreateAsync(
        EmulatorHosts hosts,
        Deployment deployment,
        CancellationToken cancellationToken
    )
    {
        using var http = new HttpClient
        {
            BaseAddress = new Uri($"http://{hosts.Objects}/storage/v1/"),
            Timeout = CallTimeout,
        };
        foreach (var bucket in NocturneTopology.Buckets)
        {
            var name = deployment.BucketName(bucket.Name);
            try
            {
                using var answer = await http.PostAsJsonAsync(
                    $"b?project={Uri.EscapeDataString(deployment.Project)}",
                    new { name },
                    cancellationToken
                );
                if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.Conflict)
                {
                    throw new EmulatorFailedException(
                        $"The Cloud Storage emulator at {hosts.Objects} refused to make the bucket '{name}': "
                            + await answer.Content.ReadAsStringAsync(cancellationToken)
                    );
                }
            }
            catch (HttpRequestException e)
            {
                throw new EmulatorFailedException(
                    $"The Cloud Storage emulator at {hosts.Objects} does not answer: {e.Message} "
                        + $"Start it, or unset {EmulatorHosts.ObjectsVariable}: one is then started here.",
                    e
                );
            }
        }
    }
}
