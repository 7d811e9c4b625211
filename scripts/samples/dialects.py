"""What instrumentations call the same things: three generations of span attributes.

Each dialect turns the facts of an agent, a model call or a tool call into attributes; absent facts
(None) leave no attribute.
"""

import json


def _present(attributes):
    return {key: value for key, value in attributes.items() if value is not None}


def _messages(role, text):
    return text and json.dumps(
        [{"role": role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False)


class GenAI:
    """OpenTelemetry GenAI semantic conventions, as they are now."""

    def agent(self, session, user, agent, question):
        return {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": session,
            "gen_ai.agent.name": agent, "user.id": user,
            "gen_ai.input.messages": _messages("user", question),
        }

    def answer(self, text):
        return {"gen_ai.output.messages": _messages("assistant", text)}

    def llm(self, session, agent, model, question, answer, usage):
        usage = usage or {}
        return _present({
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
            "gen_ai.conversation.id": session, "gen_ai.agent.name": agent,
            "gen_ai.request.model": model, "gen_ai.response.model": answer and model,
            "gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": 2_048,
            "gen_ai.response.finish_reasons": answer and ["stop"],
            "gen_ai.usage.input_tokens": usage.get("input"),
            "gen_ai.usage.output_tokens": usage.get("output"),
            "gen_ai.usage.cache_read.input_tokens": usage.get("cached"),
            "gen_ai.usage.cache_creation.input_tokens": usage.get("cache_write"),
            "gen_ai.usage.reasoning.output_tokens": usage.get("reasoning"),
            "gen_ai.usage.cost": usage.get("cost"),
            "gen_ai.input.messages": _messages("user", question),
            "gen_ai.output.messages": _messages("assistant", answer),
        })

    def tool(self, session, agent, tool, arguments, result):
        return {
            "gen_ai.operation.name": "execute_tool", "gen_ai.conversation.id": session,
            "gen_ai.agent.name": agent, "gen_ai.tool.name": tool,
            "gen_ai.tool.call.arguments": arguments, "gen_ai.tool.call.result": result,
        }


class EarlierGenAI(GenAI):
    """The same conventions before their renames of 2024 and 2025."""

    def agent(self, session, user, agent, question):
        return {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": session,
            "gen_ai.agent.name": agent, "user.id": user, "gen_ai.prompt": question,
        }

    def answer(self, text):
        return {"gen_ai.completion": text}

    def llm(self, session, agent, model, question, answer, usage):
        usage = usage or {}
        return _present({
            "gen_ai.operation.name": "chat", "gen_ai.system": "openai",
            "gen_ai.conversation.id": session, "gen_ai.agent.name": agent,
            "gen_ai.request.model": model,
            "gen_ai.usage.prompt_tokens": usage.get("input"),
            "gen_ai.usage.completion_tokens": usage.get("output"),
            "gen_ai.usage.cost": usage.get("cost"),
            "gen_ai.prompt": question, "gen_ai.completion": answer,
        })


class OpenInference:
    """OpenInference, as Phoenix and its instrumentations write it."""

    def agent(self, session, user, agent, question):
        return {
            "openinference.span.kind": "AGENT", "session.id": session, "user.id": user,
            "agent.name": agent, "input.value": question, "input.mime_type": "text/plain",
        }

    def answer(self, text):
        return {"output.value": text, "output.mime_type": "text/plain"}

    def llm(self, session, agent, model, question, answer, usage):
        usage = usage or {}
        total = usage and usage["input"] + usage["output"]
        return _present({
            "openinference.span.kind": "LLM", "session.id": session, "agent.name": agent,
            "llm.model_name": model, "llm.provider": "google",
            "llm.invocation_parameters": '{"temperature":0}',
            "llm.token_count.prompt": usage.get("input"),
            "llm.token_count.completion": usage.get("output"),
            "llm.token_count.total": total or None,
            "llm.token_count.prompt_details.cache_read": usage.get("cached"),
            "llm.token_count.prompt_details.cache_write": usage.get("cache_write"),
            "llm.token_count.completion_details.reasoning": usage.get("reasoning"),
            "llm.cost.total": usage.get("cost"),
            "input.value": question, "output.value": answer,
        })

    def tool(self, session, agent, tool, arguments, result):
        return {
            "openinference.span.kind": "TOOL", "session.id": session, "agent.name": agent,
            "tool.name": tool, "input.value": arguments, "input.mime_type": "application/json",
            "output.value": result,
        }
