// The words of the plan language.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/rule.h"
#include "fault/sites.h"

namespace aioemu::fault {

std::span<const std::string_view> layer_words() noexcept;
std::optional<Layer> layer_from_word(std::string_view word) noexcept;
std::string_view word_of(Layer layer) noexcept;

// pread, read, any ...: nothing for an unknown word. `any` gives every operation.
std::optional<OpSet> ops_from_word(std::string_view word) noexcept;
std::span<const std::string_view> op_words() noexcept;
// "read,pwrite": the shortest list, in the order of the opcodes.
std::string print_ops(OpSet ops);
// "reads and fsyncs": for sentences.
std::string spoken_ops(OpSet ops);

std::optional<Key> key_from_word(std::string_view word) noexcept;
std::string_view word_of(Key key) noexcept;

std::optional<Relation> relation_from_sign(std::string_view sign) noexcept;
std::string_view sign_of(Relation relation) noexcept;

// `flags=`: nowait, dsync, resfd ...
std::span<const std::string_view> flag_words() noexcept;
std::uint32_t flag_of(std::size_t place) noexcept;
std::string print_flags(std::uint32_t flags);

// In the order of Order::Kind.
std::span<const std::string_view> order_words() noexcept;

// The actions of a layer, each word once.
std::vector<std::string_view> action_words(Layer layer);
// The layer that has an action of that name, if one does.
std::optional<Layer> layer_with_action(std::string_view word) noexcept;

// Every qualifier, and those that a rule of `layer` can have.
std::span<const std::string_view> qualifier_words() noexcept;
std::vector<std::string_view> qualifier_words(Layer layer);
// Does a qualifier mean anything for that subject?
bool qualifies(std::string_view qualifier, Subject subject) noexcept;

// What begins a statement: the layers, seed, set ...
std::span<const std::string_view> statement_words() noexcept;
std::span<const std::string_view> setting_words() noexcept;

// The candidate that `word` was probably meant to be: at most two edits away (one for words of
// three letters or fewer). Empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "a, b or c".
std::string listed(std::span<const std::string_view> words);

}  // namespace aioemu::fault
