#!/usr/bin/env bash
# How long a function takes from the start of its process to its first answer, and how much memory.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: tests/Benchmarks/cold-start.sh [--runs N] [--feed FOLDER] [--no-publish]

Publishes every function as it is deployed, and an empty one with the same settings; starts each as a process, several
times, and prints the medians of the time from the process's start to its first answered request and of its peak
resident memory, for both adapters, with the ratio to the empty function. The first request does the function's real
work on Google's Firestore and Pub/Sub emulators and on emulators/Storage, which hold what `nocturne demo` makes.

  --runs N        starts of each function and adapter; the default is 7
  --feed FOLDER   another source of packages, for machines without Google's; uses a package folder of its own
  --no-publish    measures what an earlier run published

Needs the Google Cloud SDK with both emulators (or FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST). Times mean
something on a machine that does nothing else. Everything it makes is in artifacts/cold-start.
USAGE
}

runs=7
publish=true
while (($# > 0)); do
  case $1 in
    --runs) runs=${2:?"--runs wants a number"}; shift 2 ;;
    --feed) feed=$(cd "${2:?"--feed wants a folder"}" && pwd); shift 2 ;;
    --no-publish) publish=false; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "$0")/../.."
work=$PWD/artifacts/cold-start
functions=(Collect IngestEvents RunNight Serve)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# The least that the Functions Framework starts, built as the functions are.
write_empty_function() {
  local folder=$1 version
  version=$(sed -n 's/.*Google.Cloud.Functions.Hosting" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
  mkdir -p "$folder"
  # Keeps the repository's own settings away.
  for file in Directory.Build.props Directory.Build.targets Directory.Packages.props; do
    echo '<Project />' >"$folder/$file"
  done
  cat >"$folder/Empty.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <AssemblyName>Nocturne.Empty</AssemblyName>
    <ImplicitUsings>enable</ImplicitUsings>
    <CloudPackages>true</CloudPackages>
    <InvariantGlobalization>true</InvariantGlobalization>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <Import Project="$PWD/functions/Function.props" />
  <ItemGroup>
    <PackageReference Include="Google.Cloud.Functions.Hosting" Version="$version" />
  </ItemGroup>
</Project>
PROJECT
  cat >"$folder/Function.cs" <<'SOURCE'
using Google.Cloud.Functions.Framework;
using Microsoft.AspNetCore.Http;

namespace Nocturne.Empty;

public sealed class Function : IHttpFunction
{
    public Task HandleAsync(HttpContext context) => context.Response.WriteAsync("hello");
}
SOURCE
}

publish_all() (
  export CloudPackages=true
  if [[ -n ${feed:-} ]]; then
    export RestoreAdditionalProjectSources=$feed NUGET_PACKAGES=$work/packages
    # A rebuilt feed keeps its versions.
    rm -rf "$NUGET_PACKAGES"/{cloudnative.,google.,grpc.,pulumi}*
  fi
  rm -rf "$work/published"
  write_empty_function "$work/empty"
  dotnet publish "$work/empty" -c Release -o "$work/published/Empty" --artifacts-path "$work/build-empty"
  for function in "${functions[@]}"; do
    dotnet publish "functions/$function" -c Release -o "$work/published/$function" --artifacts-path "$work/build"
  done
)

if $publish; then
  publish_all
fi
if [[ ! -d $work/demo ]]; then
  dotnet run --project emulators/LocalHost -c Release -- demo --data "$work/demo.part" >/dev/null
  mv "$work/demo.part" "$work/demo"
fi
exec dotnet run --project tests/Benchmarks -c Release -- cold-start "$work/published" "$work/demo" "$runs"
