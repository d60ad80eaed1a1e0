// The table of ops of this CPU target.
#include "../addon/call.h"

namespace TARGET {

#define KERNEL(name) void name(Call& call);
#include "kernels.inc"
#undef KERNEL

const NamedOp* ops() {
  static const NamedOp OPS[] = {
#define KERNEL(name) {#name, name},
#include "kernels.inc"
#undef KERNEL
      {nullptr, nullptr},
  };
  return OPS;
}

}  // namespace TARGET
