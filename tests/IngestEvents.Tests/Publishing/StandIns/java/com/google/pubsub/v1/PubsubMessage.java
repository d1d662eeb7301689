package com.google.pubsub.v1;

import com.google.protobuf.ByteString;

/** What docs/publishing.md uses of the official class. */
public final class PubsubMessage {
  private final ByteString data;

  private PubsubMessage(ByteString data) {
    this.data = data;
  }

  public static Builder newBuilder() {
    return new Builder();
  }

  public ByteString getData() {
    return data;
  }

  /** Its builder. */
  public static final class Builder {
    private ByteString data = ByteString.EMPTY;

    public Builder setData(ByteString value) {
      data = value;
      return this;
    }

    public PubsubMessage build() {
      return new PubsubMessage(data);
    }
  }
}
