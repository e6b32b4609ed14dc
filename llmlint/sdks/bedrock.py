"""Bedrock by boto3 (1.42, read on 2026-11-26): Converse, and InvokeModel with the body of the model's own API.

Batch inference jobs have half the price for the models that take them (aws.amazon.com/bedrock/pricing, November 2026); a breakpoint of Converse is
a block `{"cachePoint": {"type": "default"}}` behind what it covers (docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html).
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Evidence, Method, Roles, Sdk

_CONVERSE, _INVOKE = "bedrock.converse", "bedrock.invoke"
_BATCH = "a batch inference job (`create_model_invocation_job`; not all models take them)"

SDK = Sdk(
    "bedrock",
    frozenset({"boto3", "aioboto3", "botocore"}),
    {},
    (
        Method(("converse",), _CONVERSE),
        Method(("converse_stream",), _CONVERSE, is_streaming=True),
        Method(("invoke_model",), _INVOKE),
        Method(("invoke_model_with_response_stream",), _INVOKE, is_streaming=True),
    ),
    {
        _CONVERSE: Api(
            batch=_BATCH,
            takes_breakpoints=True,
            how_to_cache='put a block `{"cachePoint": {"type": "default"}}` behind the last static one',
        ),
        _INVOKE: Api(batch=_BATCH, takes_breakpoints=True),
    },
    roles=Roles(model=("modelId",), system=("system",), messages=("messages",), tools=("toolConfig", "tools"), inside=("body",)),
    evidence=(
        Evidence(("converse", "converse_stream"), words=(b"converse",)),
        Evidence(("invoke_model", "invoke_model_with_response_stream"), words=(b"invoke_model",)),
    ),
    telling=frozenset({"converse", "invoke_model"}),
)
