package com.google.cloud.pubsub.v1;

import com.google.api.core.ApiFuture;
import com.google.api.core.ApiFutures;
import com.google.pubsub.v1.PubsubMessage;
import com.google.pubsub.v1.TopicName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** What docs/publishing.md uses of the official class, over the REST API. */
public final class Publisher {
  private final HttpClient client = HttpClient.newHttpClient();
  private final TopicName topic;

  private Publisher(TopicName topic) {
    this.topic = topic;
  }

  public static Builder newBuilder(TopicName topic) {
    return new Builder(topic);
  }

  public ApiFuture<String> publish(PubsubMessage message) {
    String data = Base64.getEncoder().encodeToString(message.getData().toByteArray());
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://%s/v1/projects/%s/topics/%s:publish"
                        .formatted(
                            System.getenv("PUBSUB_EMULATOR_HOST"), topic.project(), topic.topic())))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"messages\":[{\"data\":\"" + data + "\"}]}"))
            .build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(response.body());
      }
      return ApiFutures.immediateFuture(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public void shutdown() {}

  public boolean awaitTermination(long duration, TimeUnit unit) throws InterruptedException {
    return true;
  }

  /** Its builder. */
  public static final class Builder {
    private final TopicName topic;

    private Builder(TopicName topic) {
      this.topic = topic;
    }

    public Publisher build() throws IOException {
      return new Publisher(topic);
    }
  }
}
