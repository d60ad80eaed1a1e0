// The functions of tokenizers that JavaScript calls: they read and check the arguments, and make values of the results.
#include "exports.h"

#include <cstring>

#include "../addon/guarded.h"
#include "encoder.h"
#include "job.h"
#include "learner-state.h"

namespace {

constexpr int64_t MOST_THREADS = 1024;

// A JavaScript object that owns something of C++. The tag keeps objects of another kind from being taken for one.
template <class T>
struct Kind;
template <>
struct Kind<Encoder> {
  static constexpr napi_type_tag TAG = {0x6f1d8c2ab3e94475, 0x9a7e5d10c4f2b386};
  static constexpr const char* NAME = "an encoder";
};
template <>
struct Kind<Learner> {
  static constexpr napi_type_tag TAG = {0x1b94e7d05c3a4f68, 0x8c2f6a91d7e0b354};
  static constexpr const char* NAME = "a learner";
};

template <class T>
napi_value objectOf(napi_env env, std::shared_ptr<T> owned) {
  auto held = std::make_unique<std::shared_ptr<T>>(std::move(owned));
  napi_value object;
  auto drop = [](napi_env, void* held, void*) { delete static_cast<std::shared_ptr<T>*>(held); };
  if (napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &Kind<T>::TAG) != napi_ok ||
      napi_wrap(env, object, held.get(), drop, nullptr, nullptr) != napi_ok)
    fail("no memory for %s", Kind<T>::NAME);
  (void)held.release();
  return object;
}

template <class T>
std::shared_ptr<T> ownedBy(napi_env env, napi_value object) {
  bool isOne = false;
  void* held = nullptr;
  if (napi_check_object_type_tag(env, object, &Kind<T>::TAG, &isOne) != napi_ok || !isOne ||
      napi_unwrap(env, object, &held) != napi_ok)
    fail("expected %s", Kind<T>::NAME);
  return *static_cast<std::shared_ptr<T>*>(held);
}

Split readSplit(Call& call) {
  int64_t split = call.size("split", 0);
  if (split >= SPLITS) fail("expected a split below %d, but got %lld", SPLITS, (long long)split);
  return Split(split);
}

int readThreads(Call& call) { return int(std::min(call.size("threads"), MOST_THREADS)); }

/** Null where JavaScript has no memory for it. */
template <class T>
napi_value typedArray(napi_env env, napi_typedarray_type type, const T* from, size_t count) {
  void* data = nullptr;
  napi_value buffer, array;
  if (napi_create_arraybuffer(env, count * sizeof(T), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, type, count, buffer, 0, &array) != napi_ok)
    return nullptr;
  if (count > 0) memcpy(data, from, count * sizeof(T));
  return array;
}

napi_value idsOf(napi_env env, const Ids& ids) { return typedArray(env, napi_uint32_array, ids.begin(), ids.size); }

napi_value createEncoder(napi_env env, napi_callback_info info) {
  return guarded(env, info, "createEncoder", [&](Call& call) {
    int64_t count, size;
    const uint8_t* bytes = call.anyBytes("bytes", &size);
    const int32_t* lengths = call.anyInts("lengths", &count);
    const int32_t* ids = call.ints("ids", count);
    Split split = readSplit(call);
    call.done();
    return objectOf(env, std::make_shared<Encoder>(Vocabulary(bytes, size, lengths, ids, count), split));
  });
}

napi_value encode(napi_env env, napi_callback_info info) {
  return guarded(env, info, "encode", [&](Call& call) {
    auto encoder = ownedBy<Encoder>(env, call.value("encoder"));
    Text text = readText(env, call.value("text"), "text");
    call.done();
    napi_value ids = idsOf(env, encoder->encode(text));
    if (!ids) fail("no memory for the ids");
    return ids;
  });
}

struct EncodeJob : Job {
  std::shared_ptr<Encoder> encoder;
  std::vector<Text> texts;
  int threads;
  std::vector<Ids> all;

  void run() override { all = encoder->encodeAll(texts, threads); }
  napi_value result(napi_env env) override {
    napi_value array;
    if (napi_create_array_with_length(env, all.size(), &array) != napi_ok) return nullptr;
    for (size_t i = 0; i < all.size(); i++) {
      napi_value ids = idsOf(env, all[i]);
      if (!ids || napi_set_element(env, array, uint32_t(i), ids) != napi_ok) return nullptr;
      all[i] = {};
    }
    return array;
  }
};

napi_value encodeAll(napi_env env, napi_callback_info info) {
  return guarded(env, info, "encodeAll", [&](Call& call) {
    auto job = std::make_unique<EncodeJob>();
    job->encoder = ownedBy<Encoder>(env, call.value("encoder"));
    job->texts = readTexts(env, call.value("texts"), "texts");
    job->threads = readThreads(call);
    call.done();
    return startJob(env, "encodeAll", std::move(job));
  });
}

napi_value createLearner(napi_env env, napi_callback_info info) {
  return guarded(env, info, "createLearner", [&](Call& call) {
    Split split = readSplit(call);
    call.done();
    return objectOf(env, std::make_shared<Learner>(split));
  });
}

/** What has been counted, or learned, in numbers. */
napi_value numbersOf(napi_env env, const Learner& learner) {
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  std::pair<const char*, size_t> numbers[] = {
      {"words", learner.words()}, {"bytes", learner.bytes()}, {"memory", learner.memory()}};
  for (auto [name, number] : numbers) {
    napi_value value;
    if (napi_create_double(env, double(number), &value) != napi_ok ||
        napi_set_named_property(env, object, name, value) != napi_ok)
      return nullptr;
  }
  return object;
}

/** A learner does one thing at a time. */
struct LearnerJob : Job {
  std::shared_ptr<Learner> learner;

  explicit LearnerJob(std::shared_ptr<Learner> owned) : learner(std::move(owned)) {
    if (learner->isBusy.exchange(true)) fail("the learner is busy");
  }
  ~LearnerJob() override { learner->isBusy = false; }
};

struct CountJob : LearnerJob {
  using LearnerJob::LearnerJob;
  std::vector<Text> texts;
  int threads;

  void run() override { learner->count(texts, threads); }
  napi_value result(napi_env env) override { return numbersOf(env, *learner); }
};

napi_value countWords(napi_env env, napi_callback_info info) {
  return guarded(env, info, "countWords", [&](Call& call) {
    auto job = std::make_unique<CountJob>(ownedBy<Learner>(env, call.value("learner")));
    job->texts = readTexts(env, call.value("texts"), "texts");
    job->threads = readThreads(call);
    call.done();
    return startJob(env, "countWords", std::move(job));
  });
}

struct MergeJob : LearnerJob {
  using LearnerJob::LearnerJob;
  int64_t most, least;
  std::vector<int32_t> merges;

  void run() override { merges = learner->merge(most, least); }
  napi_value result(napi_env env) override {
    napi_value numbers = numbersOf(env, *learner);
    napi_value pairs = typedArray(env, napi_int32_array, merges.data(), merges.size());
    bool isMade = numbers && pairs && napi_set_named_property(env, numbers, "merges", pairs) == napi_ok;
    return isMade ? numbers : nullptr;
  }
};

napi_value learnMerges(napi_env env, napi_callback_info info) {
  return guarded(env, info, "learnMerges", [&](Call& call) {
    auto job = std::make_unique<MergeJob>(ownedBy<Learner>(env, call.value("learner")));
    job->most = call.size("most");
    job->least = call.size("least");
    call.done();
    return startJob(env, "learnMerges", std::move(job));
  });
}

}  // namespace

void exportTokenizers(napi_env env, napi_value exports) {
  std::pair<const char*, napi_callback> functions[] = {
      {"createEncoder", createEncoder}, {"encode", encode},         {"encodeAll", encodeAll},
      {"createLearner", createLearner}, {"countWords", countWords}, {"learnMerges", learnMerges},
  };
  for (auto [name, run] : functions) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, run, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
}
