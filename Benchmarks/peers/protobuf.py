"""The program that decodes with swift-protobuf (Benchmarks/protobuf-peer). Its code for OpenTelemetry's
messages is generated here, of the descriptors that PyPI's opentelemetry-proto holds, by the plugin of
swift-protobuf itself: no third-party source is kept in the repository, and no protoc is needed."""

import pathlib
import shutil
import subprocess

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "protobuf-peer"
GENERATED = PACKAGE / "Sources/protobuf-peer/Generated"


def program(say):
    """Generates and builds; the path of the program."""
    if not any(GENERATED.glob("*.swift")):
        say("building protoc-gen-swift")
        _generate(_build("protoc-gen-swift"))
    say("building protobuf-peer")
    return _build("protobuf-peer")


def _build(product):
    command = ["swift", "build", "-c", "release", "--package-path", PACKAGE]
    subprocess.run([*command, "--product", product], check=True, stdout=subprocess.DEVNULL)
    folder = subprocess.run([*command, "--show-bin-path"], check=True, stdout=subprocess.PIPE,
                            text=True).stdout.strip()
    return pathlib.Path(folder) / product


def _generate(plugin):
    """Does what protoc would: hands the plugin the descriptors, writes the files it answers."""
    # The plugin asks for a protoc of this version or later.
    request = plugin_pb2.CodeGeneratorRequest(parameter="FileNaming=DropPath",
                                              compiler_version={"major": 3, "minor": 2})
    _add(trace_service_pb2.DESCRIPTOR, request)
    answer = subprocess.run([plugin], input=request.SerializeToString(), check=True,
                            stdout=subprocess.PIPE).stdout
    response = plugin_pb2.CodeGeneratorResponse.FromString(answer)
    if response.error:
        raise RuntimeError(response.error)
    partial = GENERATED.with_suffix(".tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for file in response.file:
        (partial / file.name).write_text(file.content)
    shutil.rmtree(GENERATED, ignore_errors=True)
    partial.rename(GENERATED)


def _add(file, request):
    """Adds a file behind those that it imports, each once."""
    if file.name in request.file_to_generate:
        return
    for dependency in file.dependencies:
        _add(dependency, request)
    proto = descriptor_pb2.FileDescriptorProto.FromString(file.serialized_pb)
    for message in proto.message_type:
        _name_fields(message)
    request.proto_file.append(proto)
    request.file_to_generate.append(file.name)


def _name_fields(message):
    """Gives fields the names in JSON that protoc would; descriptors in Python have none."""
    for field in message.field:
        head, *rest = field.name.split("_")
        field.json_name = head + "".join(word.capitalize() for word in rest)
    for nested in message.nested_type:
        _name_fields(nested)
