// Scanners that find the words which the split patterns of src/tokenizers/patterns.ts match, without a regular expression.
//
// A text is UTF-8 as the JavaScript engine writes it, so always well-formed, and is followed by PADDING bytes of 0xFF. That byte is
// in no UTF-8, and has the class END, so that no loop has to look where the text ends.
#pragma once
#include <cstddef>
#include <cstdint>

#include "unicode.h"

/** As src/tokenizers/native-text.ts numbers them. WHOLE: the text is one word. */
enum class Split : uint8_t { GPT2, CL100K, O200K, QWEN2, SMOLLM, WHOLE };
constexpr int SPLITS = 6;

/** A character's bytes, and as many that are read at once. */
constexpr size_t PADDING = 32;

class Scanner {
 public:
  Scanner();

  /** Calls each(begin, end) for every word from the left. */
  template <class Each>
  void words(Split split, const uint8_t* at, const uint8_t* end, const Each& each) const {
    switch (split) {
      case Split::GPT2: return all<&Scanner::gpt2<false>>(at, end, each);
      case Split::SMOLLM: return all<&Scanner::gpt2<true>>(at, end, each);
      case Split::CL100K: return all<&Scanner::cl100k<3>>(at, end, each);
      case Split::QWEN2: return all<&Scanner::cl100k<1>>(at, end, each);
      case Split::O200K: return all<&Scanner::o200k>(at, end, each);
      case Split::WHOLE:
        if (at < end) each(at, end);
    }
  }

 private:
  using Text = const uint8_t*;
  static constexpr unsigned of(Class kind) { return 1u << kind; }
  static constexpr unsigned LETTERS = 1u << UPPER | 1u << LOWER | 1u << LETTER;
  static constexpr unsigned SPACES = 1u << SPACE | 1u << BREAK;
  static constexpr unsigned OTHERS = 1u << OTHER | 1u << MARK;
  /** o200k_base's letters before and after a change of case. */
  static constexpr unsigned UPPERS = 1u << UPPER | 1u << LETTER | 1u << MARK;
  static constexpr unsigned LOWERS = 1u << LOWER | 1u << LETTER | 1u << MARK;

  template <Text (Scanner::*NEXT)(Text) const, class Each>
  void all(Text at, Text end, const Each& each) const {
    while (at < end) {
      Text next = (this->*NEXT)(at);
      each(at, next);
      at = next;
    }
  }

  static bool in(unsigned kinds, Class kind) { return kinds >> kind & 1; }

  /** The class of the character at `at`; `next` becomes where the next one begins. */
  Class at(Text at, Text& next) const {
    uint8_t kind = first_[*at];
    if (__builtin_expect(kind <= END, 1)) {
      next = at + 1;
      return Class(kind);
    }
    return wide(at, next);
  }
  Class at(Text position) const {
    Text next;
    return at(position, next);
  }
  Class wide(Text at, Text& next) const {
    if (*at < 0xe0) {
      next = at + 2;
      return Class(classes_[(at[0] & 0x1f) << 6 | (at[1] & 0x3f)]);
    }
    if (*at < 0xf0) {
      next = at + 3;
      return Class(classes_[(at[0] & 0x0f) << 12 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f)]);
    }
    next = at + 4;
    return Class(classes_[(at[0] & 0x07) << 18 | (at[1] & 0x3f) << 12 | (at[2] & 0x3f) << 6 | (at[3] & 0x3f)]);
  }

  /** The end of the characters of these kinds from `position` on. */
  Text run(Text position, unsigned kinds) const {
    Text next;
    while (in(kinds, at(position, next))) position = next;
    return position;
  }

  /** The length of an English ending such as 's or 'll at the apostrophe `p`, or 0. (?i) has the long s among the cases of s. */
  template <bool ANY_CASE>
  static size_t ending(Text p) {
    if (*p != '\'') return 0;
    auto lower = [](uint8_t c) -> uint8_t { return ANY_CASE && c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    uint8_t a = lower(p[1]);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    if (ANY_CASE && p[1] == 0xc5 && p[2] == 0xbf) return 3;
    uint8_t b = lower(p[2]);
    return (a == 'l' && b == 'l') || ((a == 'r' || a == 'v') && b == 'e') ? 3 : 0;
  }

  /** \s+(?!\S)|\s+: the white space but its last character, which goes with the word after it. */
  template <bool TO_BREAK, bool ALL_BEFORE_NUMBER>
  Text space(Text p) const {
    Text last = p, lastBreak = nullptr, q = p, next;
    Class kind;
    while (in(SPACES, kind = at(q, next))) {
      last = q;
      q = next;
      if (kind == BREAK) lastBreak = q;
    }
    if (TO_BREAK && lastBreak) return lastBreak;  // \s*[\r\n]+
    bool isAll = kind == END || last == p || (ALL_BEFORE_NUMBER && kind == NUMBER);
    return isAll ? q : last;
  }

  template <bool DIGITS_APART>
  Text gpt2(Text p) const {
    if (size_t length = ending<false>(p)) return p + length;
    Text next, q = p + (*p == ' ');
    Class kind = at(q, next);
    if (in(LETTERS, kind)) return run(next, LETTERS);
    if (in(OTHERS, kind)) return run(next, OTHERS);
    if (kind != NUMBER) return space<false, DIGITS_APART>(p);
    if (!DIGITS_APART) return run(next, of(NUMBER));
    return q > p ? q : next;
  }

  template <int DIGITS>
  Text cl100k(Text p) const {
    if (size_t length = ending<true>(p)) return p + length;
    Text next, after;
    Class kind = at(p, next);
    if (in(LETTERS, kind)) return run(next, LETTERS);
    if (kind == NUMBER) return number<DIGITS>(next);
    if (kind != BREAK && in(LETTERS, at(next, after))) return run(after, LETTERS);
    return rest(p, kind, next);
  }

  Text o200k(Text p) const {
    Text next;
    Class kind = at(p, next);
    if (kind == NUMBER) return number<3>(next);
    Text word = nullptr;
    if (kind != BREAK && !in(LETTERS, kind)) word = lowerWord(next);
    if (!word) word = lowerWord(p);
    if (!word && kind != BREAK && !in(LETTERS, kind)) word = upperWord(next);
    if (!word) word = upperWord(p);
    if (word) return word + ending<true>(word);
    return rest(p, kind, next, '/');
  }

  /** [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+ or null. */
  Text lowerWord(Text p) const {
    Text next, lastOfBoth = nullptr;
    Class kind;
    while (in(UPPERS, kind = at(p, next))) {
      p = next;
      if (kind != UPPER) lastOfBoth = p;
    }
    return kind == LOWER ? run(next, LOWERS) : lastOfBoth;
  }

  /** [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+ where no lowerWord begins, or null. */
  Text upperWord(Text p) const {
    Text end = run(p, UPPERS);
    return end > p ? end : nullptr;
  }

  /** \p{N}{1,DIGITS} after its first. */
  template <int DIGITS>
  Text number(Text next) const {
    Text after;
    for (int more = 1; more < DIGITS && at(next, after) == NUMBER; more++) next = after;
    return next;
  }

  /** " ?[^\s\p{L}\p{N}]+[\r\n]*", where `also` may stand among the line breaks, or white space. */
  Text rest(Text p, Class kind, Text next, uint8_t also = '\n') const {
    if (*p == ' ') kind = at(p + 1, next);
    if (!in(OTHERS, kind)) return space<true, false>(p);
    Text end = run(next, OTHERS);
    while (at(end) == BREAK || *end == also) end++;
    return end;
  }

  /** The class of an ASCII character; END for 0xFF; more than END for the first byte of a longer one. */
  uint8_t first_[256];
  const uint8_t* classes_;
};
