package com.google.api.core;

import java.util.concurrent.Future;

/** What docs/publishing.md uses of the official interface. */
public interface ApiFuture<V> extends Future<V> {}
