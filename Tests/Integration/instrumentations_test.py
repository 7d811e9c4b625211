"""Unmodified instrumentations and SDKs against a small OpenAI server: what they send is stored with its
model, tokens, session, texts, agent and cost, whatever they call these."""

import json
import urllib.parse
from decimal import Decimal

import openai
import pytest
import requests_unixsocket
from openai_server import ANSWERED_BY, COST, MODEL, running
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def server():
    with running() as url:
        yield url


@pytest.fixture
def provider(daemon):
    host = urllib.parse.quote(str(daemon.socket), safe="")
    exporter = OTLPSpanExporter(
        f"http+unix://{host}/v1/traces", session=requests_unixsocket.Session())
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider
    provider.shutdown()


@pytest.fixture(params=[OpenInference, OpenLLMetry], ids=["openinference", "opentelemetry"])
def instrumented(request, provider):
    instrumentor = request.param()
    instrumentor.instrument(tracer_provider=provider)
    yield provider
    instrumentor.uninstrument()


def complete(server, model=MODEL, **options):
    with openai.OpenAI(base_url=server, api_key="none", max_retries=0) as client:
        answer = client.chat.completions.create(model=model, messages=QUESTION, **options)
        return list(answer) if options.get("stream") else answer


def ask(server, provider, model=MODEL, **options):
    """An agent with one call, in a session."""
    with provider.get_tracer("agent").start_as_current_span("invoke_agent guide", attributes={
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "guide",
            "gen_ai.conversation.id": "trip"}), using_attributes(session_id="trip"):
        return complete(server, model, **options)


def check_call(row, reasoning=200):
    assert row["kind"].upper() == "LLM" and row["provider"] == "openai"
    assert row["model"] in (MODEL, ANSWERED_BY)
    assert (row["input_tokens"], row["output_tokens"], row["total_tokens"]) == (1200, 300, 1500)
    assert (row["cached_tokens"], row["reasoning_tokens"]) == (800, reasoning)
    assert QUESTION[0]["content"] in row["input"] and "Paris" in row["output"]
    assert row["cost_usd"] is None and str(row["derived_cost_usd"]) == COST


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_of_an_agent(daemon, instrumented, server, stream):
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    ask(server, instrumented, **options)
    (trace,) = daemon.rows("traces")
    root, call = daemon.rows("trace", trace["trace_id"])
    assert (root["kind"], root["agent_name"], root["session_id"]) == ("AGENT", "guide", "trip")
    assert call["parent_span_id"] == root["span_id"]
    # Of a stream this one does not tell the reasoning.
    is_silent = stream and "opentelemetry" in call["scope"]
    check_call(call, reasoning=None if is_silent else 200)
    (session,) = daemon.rows("sessions")
    assert session["session_id"] == "trip" and trace["session_id"] == "trip"
    assert (trace["input_tokens"], trace["llm_count"], trace["state"]) == (1200, 1, "finished")
    (cost,) = daemon.rows("costs")
    assert str(cost["cost_usd"]) == COST and cost["unpriced_count"] == 0


def test_openinference_puts_its_calls_into_the_session(daemon, provider, server):
    OpenInference().instrument(tracer_provider=provider)
    with using_attributes(session_id="chat-9", user_id="ann"):
        complete(server)
    OpenInference().uninstrument()
    (call,) = daemon.rows("session", "chat-9")
    check_call(call)
    assert call["user_id"] == "ann" and call["kind"] == "LLM"
    assert json.loads(call["input"]) == {"messages": QUESTION}
    assert json.loads(call["output"]) == {"messages": [{"role": "assistant", "content": "Paris"}]}
    (session,) = daemon.rows("sessions")
    assert (session["input_tokens"], session["cached_tokens"], session["llm_count"]) == (1200, 800, 1)


def test_a_call_that_fails(daemon, instrumented, server):
    with pytest.raises(openai.BadRequestError):
        ask(server, instrumented, model="broken")
    (session,) = daemon.rows("sessions")
    assert session["worst_status"] == "error"
    call = daemon.rows("trace", daemon.rows("traces")[0]["trace_id"])[1]
    assert (call["status"], call["input_tokens"], call["output"]) == ("error", None, None)
    assert QUESTION[0]["content"] in call["input"]


def test_the_langfuse_sdk(new_daemon):
    from langfuse import Langfuse, propagate_attributes

    daemon = new_daemon("--listen", "127.0.0.1:0").start()
    client = Langfuse(public_key="pk", secret_key="sk", base_url=f"http://{daemon.tcp_address()}",
                      tracer_provider=TracerProvider(shutdown_on_exit=False))
    with propagate_attributes(session_id="lf", user_id="ann"):
        with client.start_as_current_observation(
                name="guide", as_type="agent", input={"question": "capital?"}) as agent:
            with agent.start_as_current_observation(
                    name="answer", as_type="generation", model=MODEL, input=QUESTION,
                    output="Paris", cost_details={"input": 0.001, "output": 0.002},
                    usage_details={"input": 400, "input_cached_tokens": 800, "output": 100,
                                   "output_reasoning_tokens": 200, "total": 1500}):
                pass
            agent.update(output="Paris!")
    client.flush()
    client.shutdown()
    root, call = daemon.rows("session", "lf")
    assert (root["name"], root["kind"], root["user_id"]) == ("guide", "agent", "ann")
    assert (json.loads(root["input"]), root["output"]) == ({"question": "capital?"}, "Paris!")
    assert (call["kind"], call["model"], call["parent_span_id"]) == ("LLM", MODEL, root["span_id"])
    assert (call["input_tokens"], call["cached_tokens"]) == (400, 800)
    assert (call["output_tokens"], call["reasoning_tokens"], call["total_tokens"]) == (100, 200, 1500)
    assert json.loads(call["input"]) == QUESTION and call["output"] == "Paris"
    assert call["cost_usd"] == Decimal("0.003")
    (session,) = daemon.rows("sessions")
    # Its parts stand beside the whole: 400 + 800 were read, 100 + 200 written.
    assert (session["input_tokens"], session["effective_input_tokens"]) == (400, 1200)
    assert (session["llm_count"], session["effective_output_tokens"]) == (1, 300)
