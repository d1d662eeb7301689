"""What docs/publishing.md uses of google-cloud-pubsub, over the REST API, so that it runs without the library."""

import base64
import json
import os
import urllib.request
from concurrent.futures import Future


class PublisherClient:
    def topic_path(self, project, topic):
        return f"projects/{project}/topics/{topic}"

    def publish(self, topic, data, **attributes):
        if not isinstance(data, bytes):
            raise TypeError("data must be bytes")
        message = {"data": base64.b64encode(data).decode(), "attributes": attributes}
        request = urllib.request.Request(
            f"http://{os.environ['PUBSUB_EMULATOR_HOST']}/v1/{topic}:publish",
            json.dumps({"messages": [message]}).encode(),
            {"Content-Type": "application/json"},
        )
        future = Future()
        with urllib.request.urlopen(request, timeout=60) as response:
            future.set_result(json.load(response)["messageIds"][0])
        return future
