package com.google.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What docs/publishing.md uses of the official class. */
public final class ByteString {
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private final byte[] bytes;

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  public static ByteString copyFromUtf8(String text) {
    return new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  public ByteString concat(ByteString other) {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(bytes);
    both.writeBytes(other.bytes);
    return new ByteString(both.toByteArray());
  }

  public int size() {
    return bytes.length;
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }
}
