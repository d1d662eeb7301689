using Nocturne.Infra;
using Pulumi;

return await Deployment.RunAsync<NocturneStack>();
