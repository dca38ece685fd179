"""A local S3 server (moto) with one bucket, for tests of loading.

Usage: s3_server.py BUCKET. Prints `LISTENING url`, then obeys lines on its standard input: `put KEY PATH` stores a
file under a key, `count` prints how many requests for an object's bytes came since the last `count`. Ends with its input.
"""

import sys

import boto3
from moto.server import ThreadedMotoServer, create_backend_app
import moto.moto_server.threaded_moto_server as threaded


class Counting:
    """Passes requests on and counts those that read an object."""

    def __init__(self, app):
        self.app = app
        self.reads = 0

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].strip("/").count("/") > 0:
            self.reads += 1
        return self.app(environ, start_response)


def main() -> None:
    bucket = sys.argv[1]
    counting = Counting(create_backend_app("s3"))
    threaded.DomainDispatcherApplication = lambda *args, **kwargs: counting
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket=bucket)
    print(f"LISTENING {url}", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "put":
            client.upload_file(words[2], bucket, words[1])
            print("done", flush=True)
        elif words[0] == "count":
            print(counting.reads, flush=True)
            counting.reads = 0
    server.stop()


if __name__ == "__main__":
    main()
