package com.google.pubsub.v1;

/** What docs/publishing.md uses of the official class. */
public record TopicName(String project, String topic) {
  public static TopicName of(String project, String topic) {
    return new TopicName(project, topic);
  }
}
