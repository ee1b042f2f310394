// The words of the plan language: those this version understands, and those that belong to the
// language but to later versions, so that a word which is right but too early is not called a typo.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/rule.h"

namespace aioemu::fault {

// Every layer of the language; only the first two are supported.
std::span<const std::string_view> layer_words() noexcept;
std::optional<Layer> layer_from_word(std::string_view word) noexcept;
std::string_view word_of(Layer layer) noexcept;

// pread, read, any ...: nothing for an unknown word. `any` gives every operation.
std::optional<OpSet> ops_from_word(std::string_view word) noexcept;
std::span<const std::string_view> op_words() noexcept;
// "read,pwrite": the shortest list, in the order of the opcodes.
std::string print_ops(OpSet ops);

std::optional<Key> key_from_word(std::string_view word) noexcept;
std::string_view word_of(Key key) noexcept;

std::optional<Relation> relation_from_sign(std::string_view sign) noexcept;
std::string_view sign_of(Relation relation) noexcept;

// The actions of a layer in this version.
std::span<const std::string_view> action_words(Layer layer) noexcept;
// The qualifiers of this version: op, when and so on.
std::span<const std::string_view> qualifier_words() noexcept;
std::span<const std::string_view> statement_words() noexcept;

// Words of the language that later versions will understand.
bool is_later_statement(std::string_view word) noexcept;
bool is_later_qualifier(std::string_view word) noexcept;
bool is_later_action(std::string_view word) noexcept;
bool is_later_setting(std::string_view word) noexcept;

// The candidate that `word` was probably meant to be: at most two edits away (one for words of
// three letters or fewer). Empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "a, b or c".
std::string listed(std::span<const std::string_view> words);

}  // namespace aioemu::fault
