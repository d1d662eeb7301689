using Nocturne.LocalHost.CommandLine;

return await NocturneCommand.RunAsync(args, Console.Out, Console.Error);
