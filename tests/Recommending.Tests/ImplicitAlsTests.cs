namespace Nocturne.Recommending.Tests;

/// <summary>Against the normal equations in double precision, solved without any trick.</summary>
public sealed class ImplicitAlsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(200)]
    public void Solve_RowsShorterAndLongerThanTheDimensions_MinimiseTheObjective(int length)
    {
        var (options, columns, solver) = Columns(16, 300);
        var (items, weights) = Row(length, 300);
        var x = new float[16];

        solver.Solve(items, weights, new AlsRowSolver.Scratch(16), x);

        AssertClose(Naive(options, columns, items, weights), x, 2e-4);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Improve_Repeatedly_ReachesTheExactSolution(int length)
    {
        var (options, columns, solver) = Columns(20, 200, o => o with { BlockSize = 8 });
        var (items, weights) = Row(length, 200);
        var x = new float[24];

        for (var i = 0; i < 200; i++)
        {
            solver.Improve(items, weights, new AlsRowSolver.Scratch(20), x);
        }

        AssertClose(Naive(options, columns, items, weights), x[..20], 1e-3);
    }

    [Fact]
    public void Fit_MoreEpochs_LowersTheObjective()
    {
        var matrix = Matrices.Random(3, 200, 80, 20);
        var losses = new List<double>();

        ImplicitAls.Fit(
            matrix,
            new AlsOptions { Dimensions = 8, Epochs = 6 },
            2,
            goOn: (_, model) =>
            {
                losses.Add(Loss(model, matrix));
                return true;
            }
        );

        Assert.Equal(losses.OrderDescending(), losses);
    }

    [Fact]
    public void Fit_WhenToldToStop_StopsAfterThatEpoch()
    {
        var epochs = new List<int>();

        ImplicitAls.Fit(
            Matrices.Random(3, 50, 40, 10),
            new AlsOptions { Dimensions = 4, Epochs = 50 },
            1,
            goOn: (epoch, _) =>
            {
                epochs.Add(epoch);
                return epoch < 3;
            }
        );

        Assert.Equal([1, 2, 3], epochs);
    }

    [Fact]
    public void Fit_FromAnEarlierModel_BeginsWhereItEnded()
    {
        var matrix = Matrices.Random(4, 200, 80, 20);
        var options = new AlsOptions { Dimensions = 8, Epochs = 30 };
        var trained = ImplicitAls.Fit(matrix, options, 1);
        var renumbered = Enumerable.Range(0, 80).Append(-1).ToArray();

        var start = trained.StartFrom(renumbered);
        var again = ImplicitAls.Fit(matrix, options with { Epochs = 1 }, 1, trained.StartFrom(renumbered[..80]));
        var cold = ImplicitAls.Fit(matrix, options with { Epochs = 1 }, 1);

        Assert.Equal(81, start.Rows);
        Assert.Equal(Loss(trained, matrix), Loss(again, matrix), Loss(trained, matrix) * 0.01);
        Assert.True(Loss(cold, matrix) > Loss(again, matrix));
    }

    [Fact]
    public void FoldIn_ATrainingRow_IsTheVectorThatScores()
    {
        var matrix = Matrices.Random(5, 60, 80, 40);
        var model = ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = 16 }, 2);
        var scores = new float[80];

        var vectors = model.FoldIn(matrix, 2);

        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            model.Score(matrix.Row(listener), scores);
            for (var item = 0; item < 80; item++)
            {
                var product = 0d;
                for (var i = 0; i < 16; i++)
                {
                    product += (double)vectors[listener][i] * model.Vectors[item][i];
                }
                Assert.Equal(product, scores[item], 1e-4);
            }
        }
    }

    [Fact]
    public void Score_SkipsWithoutAStream_BelowNoEvidence()
    {
        var matrix = Matrices.Random(6, 300, 60, 20);
        var model = ImplicitAls.Fit(matrix, new AlsOptions { Dimensions = 16 }, 2);
        var weights = new EvidenceWeights();
        var (without, with, liked) = (new float[60], new float[60], new float[60]);
        (int Item, float Weight)[] streams = [(3, 1), (5, 1.5f), (8, 1)];

        model.Score(Matrices.Of(60, streams).Row(0), without);
        for (var item = 20; item < 30; item++)
        {
            var skipped = weights.Of(new Evidence(0, 5));
            model.Score(Matrices.Of(60, [.. streams, (item, skipped)]).Row(0), with);
            model.Score(Matrices.Of(60, [.. streams, (item, 1)]).Row(0), liked);

            Assert.True(Math.Abs(with[item]) < Math.Abs(without[item]) || with[item] < without[item]);
            Assert.True(liked[item] > without[item]);
        }
    }

    [Fact]
    public void HalfPrecision_HalvesTheArtefact_AndSolvesListenersExactlyAgainstWhatItStores()
    {
        var matrix = Matrices.Random(8, 500, 300, 40);
        var options = new AlsOptions { Dimensions = 16, Regularization = 0.02f };
        var single = ImplicitAls.Fit(matrix, options, 2);
        var half = ImplicitAls.Fit(matrix, options with { HalfPrecision = true }, 2);
        var (exact, rounded) = (new float[300], new float[300]);

        Assert.InRange((half.Bytes().Length - 2_000) / (double)single.Bytes().Length, 0.3, 0.55);
        var folded = half.FoldIn(matrix, 2);
        for (var listener = 0; listener < 50; listener++)
        {
            var row = matrix.Row(listener);
            single.Score(row, exact);
            half.Score(row, rounded);
            var expected = Naive(half.Options, half.Vectors, row.Items.ToArray(), row.Weights.ToArray());

            AssertClose(expected, folded[listener].ToArray(), 2e-4);
            Assert.All(exact.Zip(rounded), pair => Assert.Equal(pair.First, pair.Second, 5e-3));
        }
    }

    [Fact]
    public void HalfPrecision_WithDescribedItems_SurvivesSaving()
    {
        var matrix = Matrices.Random(9, 200, 30, 12);
        var known = Matrices.Of(
            31,
            [.. Enumerable.Range(0, 200).Select(u => matrix.RowItems(u).ToArray().Select(i => (i, 1f)).ToArray())]
        );
        var features = Matrices.Of(3, [.. Enumerable.Range(0, 31).Select(item => new[] { (item % 3, 1f) })]);
        var plain = ImplicitAls.Fit(known, new AlsOptions { Dimensions = 8, HalfPrecision = true }, 1);

        var described = plain.WithDescribedItems(features, FeatureMapping.Fit(features, plain.Vectors));

        using var stream = new MemoryStream(described.Bytes());
        var loaded = RecommendationModel.Load(stream);
        var (before, after, again) = (new float[31], new float[31], new float[31]);
        plain.Score(known.Row(1), before);
        described.Score(known.Row(1), after);
        loaded.Score(known.Row(1), again);
        Assert.Equal(after, again);
        Assert.NotEqual(0, after[30]);
        Assert.All(before[..30].Zip(after), pair => Assert.Equal(pair.First, pair.Second, 5e-3));
    }

    [Fact]
    public void Fit_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            ImplicitAls.Fit(
                Matrices.Random(7, 50, 40, 10),
                new AlsOptions { Epochs = 1_000 },
                2,
                goOn: (_, _) =>
                {
                    cancellation.Cancel();
                    return true;
                },
                cancellation: cancellation.Token
            )
        );
    }

    private static (AlsOptions Options, FactorMatrix Columns, AlsRowSolver Solver) Columns(
        int dimensions,
        int rows,
        Func<AlsOptions, AlsOptions>? change = null
    )
    {
        var options = (change ?? (o => o))(
            new AlsOptions
            {
                Dimensions = dimensions,
                Regularization = 0.02f,
                FrequencyExponent = 0.75f,
            }
        );
        var columns = new FactorMatrix(rows, dimensions);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < dimensions; i++)
            {
                columns.Row(row)[i] = CounterDraws.Normal(1, row, i) * (i + 1) / dimensions;
            }
        }
        var eigenvalues = Eigenbasis.Rotate(columns, null, 2, CancellationToken.None);
        return (options, columns, new AlsRowSolver(options, columns, eigenvalues));
    }

    private static (int[] Items, float[] Weights) Row(int length, int columns)
    {
        var random = new Random(length);
        var items = Enumerable.Range(0, columns).OrderBy(_ => random.Next()).Take(length).Order().ToArray();
        return (items, [.. items.Select(i => (i % 5 == 0 ? -1 : 1) * (0.25f + random.NextSingle()))]);
    }

    /// <summary>(α0·G + λ(n + α0·columns)^ν·I + Σ c·qqᵀ)⁻¹·Σ c·p·q, by Gauss's elimination.</summary>
    private static double[] Naive(AlsOptions options, FactorMatrix columns, int[] items, float[] weights)
    {
        var d = options.Dimensions;
        if (items.Length == 0)
        {
            return new double[d];
        }
        var system = new double[d, d + 1];
        var frequency = Math.Pow(
            items.Length + (options.UnobservedWeight * (double)columns.Rows),
            options.FrequencyExponent
        );
        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j < d; j++)
            {
                for (var row = 0; row < columns.Rows; row++)
                {
                    system[i, j] += options.UnobservedWeight * (double)columns[row][i] * columns[row][j];
                }
                for (var e = 0; e < items.Length; e++)
                {
                    system[i, j] += Math.Abs(weights[e]) * (double)columns[items[e]][i] * columns[items[e]][j];
                }
            }
            system[i, i] += options.Regularization * frequency;
            for (var e = 0; e < items.Length; e++)
            {
                system[i, d] += Math.Max(weights[e], 0) * columns[items[e]][i];
            }
        }
        return DenseTests.Eliminate(system);
    }

    private static double Loss(ImplicitAls model, InteractionMatrix matrix)
    {
        var options = model.Options;
        var listeners = model.FoldIn(matrix, 1);
        var scores = new float[matrix.Items];
        var loss = 0d;
        for (var listener = 0; listener < matrix.Listeners; listener++)
        {
            var row = matrix.Row(listener);
            model.Score(row, scores);
            loss += options.UnobservedWeight * scores.Sum(s => (double)s * s);
            for (var i = 0; i < row.Items.Length; i++)
            {
                var error = 1 - scores[row.Items[i]];
                loss += row.Weights[i] * error * error;
            }
            loss += Penalty(options, row.Items.Length, matrix.Items, listeners[listener]);
        }
        for (var item = 0; item < matrix.Items; item++)
        {
            loss += Penalty(options, matrix.ColumnListeners(item).Length, matrix.Listeners, model.Vectors[item]);
        }
        return loss;
    }

    private static double Penalty(AlsOptions options, int entries, int columns, ReadOnlySpan<float> vector)
    {
        var norm = 0d;
        foreach (var value in vector)
        {
            norm += (double)value * value;
        }
        return options.Regularization * (entries + (options.UnobservedWeight * columns)) * norm;
    }

    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    /// <summary>A new deployment: the vectors span one dimension, and the others only rounding.</summary>
    [Theory]
    [InlineData(1, 1, 64)]
    [InlineData(8, 40, 64)]
    [InlineData(8, 5, 16)]
    [InlineData(3, 200, 96)]
    [InlineData(8, 3, 256)]
    [InlineData(8, 12, 256)]
    [InlineData(8, 80, 256)]
    public void Fit_ListenersWithTheSamePlays_HasFiniteVectors(int listeners, int items, int dimensions)
    {
        var builder = new InteractionMatrixBuilder(items + 10);
        for (var listener = 0; listener < listeners; listener++)
        {
            builder.AppendRow([.. Enumerable.Range(0, items)], [.. Enumerable.Range(0, items).Select(_ => 2f)]);
        }

        foreach (var strength in new[] { 0.15, 0.4, 1 })
        {
            foreach (var unobserved in new[] { 0.1, 1, 10 })
            {
                var matrix = builder.Build();
                var values = new HyperParameters(
                    new Dictionary<string, double>(StringComparer.Ordinal)
                    {
                        ["dimensions"] = dimensions,
                        ["strength"] = strength,
                        ["unobserved"] = unobserved,
                    }
                );
                var family = new AlsFamily();

                var model = ImplicitAls.Fit(matrix, family.OptionsFor(matrix, values, 1), 2);

                for (var item = 0; item < items + 10; item++)
                {
                    Assert.All(model.Vectors[item].ToArray(), value => Assert.True(float.IsFinite(value)));
                }
            }
        }
    }
}
