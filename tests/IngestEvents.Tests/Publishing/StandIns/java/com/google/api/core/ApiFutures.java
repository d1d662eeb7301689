package com.google.api.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What docs/publishing.md uses of the official class. */
public final class ApiFutures {
  private ApiFutures() {}

  /** A future that is done already. */
  public static <V> ApiFuture<V> immediateFuture(V value) {
    Done<V> done = new Done<>();
    done.complete(value);
    return done;
  }

  public static <V> ApiFuture<List<V>> allAsList(Iterable<? extends ApiFuture<? extends V>> futures)
      throws Exception {
    List<V> values = new ArrayList<>();
    for (ApiFuture<? extends V> future : futures) {
      values.add(future.get());
    }
    return immediateFuture(values);
  }

  private static final class Done<V> extends CompletableFuture<V> implements ApiFuture<V> {}
}
