// What the addon exports of tokenizers (src/tokenizers/native.ts has the signatures).
#pragma once
#include <node_api.h>

void exportTokenizers(napi_env env, napi_value exports);
