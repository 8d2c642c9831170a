"""One async function for all, and a model by default functions elsewhere."""


def model_fn(model_dir):
    return "model"


async def transform_fn(model, request_body, content_type, accept):
    return f"{model} {request_body.decode()} {content_type} {accept}", "text/x-own"
