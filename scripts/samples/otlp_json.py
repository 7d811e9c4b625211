"""OTLP/JSON of an OTLP protobuf request.

The OpenTelemetry Python SDK has no JSON exporter to install, so the JSON sample is the protobuf
body that the SDK sent, written by the rules of OTLP/JSON: protobuf's JSON mapping (lowerCamelCase
keys, 64-bit integers as strings), but ids as lower-case hex instead of base64, and enums as
integers.
"""

import base64
import json

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_ID_KEYS = {"traceId", "spanId", "parentSpanId"}


def otlp_json(protobuf_body):
    """The OTLP/JSON text of an ExportTraceServiceRequest in protobuf."""
    request = ExportTraceServiceRequest.FromString(protobuf_body)
    tree = MessageToDict(request, use_integers_for_enums=True)
    return json.dumps(_with_hex_ids(tree), ensure_ascii=False, separators=(",", ":")).encode()


def _with_hex_ids(node):
    if isinstance(node, list):
        return [_with_hex_ids(item) for item in node]
    if isinstance(node, dict):
        return {
            key: base64.b64decode(value).hex() if key in _ID_KEYS else _with_hex_ids(value)
            for key, value in node.items()
        }
    return node
