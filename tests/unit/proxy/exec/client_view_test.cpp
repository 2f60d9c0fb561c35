// What servers say, in the client's terms.

#include "proxy/exec/client_view.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "parser/parse.h"
#include "proxy/plan/route.h"
#include "proxy/wire/backend.h"

namespace tessera::exec {
namespace {

constexpr std::string_view kText = "SELECT é, nothing FROM orders, orders o2 WHERE wrong";

// orders is orders_0 and orders_1 on one shard, and the plan renames it at both places.
class ClientView : public testing::Test {
 protected:
  ClientView() {
    table_.name = "orders";
    table_.nodes = {{.shard = 0, .table = "orders_0"}, {.shard = 0, .table = "orders_1"}};
    table_.split_in_shard = true;
    plan_.slots = 1;
    plan_.slot_tables = {&table_};
    parser::tokenize(kText, 0, kText.size(), {}, tokens_);
    for (parser::TokenIndex i = 0; i < tokens_.size(); ++i) {
      const parser::Token& token = tokens_[i];
      if (kText.substr(token.offset, token.length) != "orders") continue;
      plan_.rename.push_back(
          {.replaced = {i, i + 1}, .pieces = {{.kind = plan::Piece::Kind::kTable, .slot = 0}}});
    }
  }

  // An error as a server sends it.
  static Error server_error(std::string_view message, std::uint32_t position,
                            std::string_view constraint = {}) {
    std::string body = "SERROR";
    body.push_back('\0');
    const auto put = [&body](char code, std::string_view value) {
      body.push_back(code);
      body.append(value);
      body.push_back('\0');
    };
    put('V', "ERROR");
    put('C', "42703");
    put('M', message);
    if (position != 0) put('P', std::to_string(position));
    put('t', "orders_1");
    if (!constraint.empty()) put('n', constraint);
    body.push_back('\0');
    return wire::decode_error(body);
  }

  Error translated(Error error) const {
    translate(error, {plan_, target_, plan_.rename, kText, tokens_});
    return error;
  }

  // The position that the server gives for `what` in the text that it saw, and the client's.
  void expect_position(std::string_view what) const {
    const plan::SlotNames names = plan::slot_names(plan_, target_);
    const std::string sent =
        plan::render({.text = kText, .tokens = &tokens_, .tables = &names}, plan_.rename);
    const std::uint32_t seen = characters(std::string_view(sent).substr(0, sent.find(what))) + 1;
    const std::uint32_t own = characters(kText.substr(0, kText.find(what))) + 1;

    EXPECT_EQ(translated(server_error("m", seen)).position, own) << what;
  }

  rules::ShardingTable table_;
  plan::Plan plan_;
  plan::Target target_{.shard = 0, .nodes = {1}};
  std::vector<parser::Token> tokens_;
};

TEST_F(ClientView, CountsPositionsInTheClientsText) {
  expect_position("nothing");
  expect_position("o2");
  expect_position("wrong");
}

TEST_F(ClientView, APositionInAnActualNameIsThatOfTheLogicalOne) {
  const std::uint32_t own = characters(kText.substr(0, kText.find("orders"))) + 1;

  EXPECT_EQ(translated(server_error("m", own)).position, own);
  EXPECT_EQ(translated(server_error("m", own + 7)).position, own);
}

TEST_F(ClientView, APositionPastTheEndIsTheEnd) {
  EXPECT_EQ(translated(server_error("m", 1000)).position, characters(kText) + 1);
}

TEST_F(ClientView, NoPositionStaysNone) {
  EXPECT_EQ(translated(server_error("m", 0)).position, 0U);
}

TEST_F(ClientView, NamesBetweenQuotesBecomeLogical) {
  EXPECT_EQ(translated(server_error(R"(relation "orders_1" does not exist)", 0)).message,
            R"(relation "orders" does not exist)");
  EXPECT_EQ(translated(server_error(R"(violates "orders_1_pkey" of "orders_1")", 0)).message,
            R"(violates "orders_pkey" of "orders")");
  EXPECT_EQ(translated(server_error(R"(violates "positive_orders_1")", 0)).message,
            R"(violates "positive")");
}

TEST_F(ClientView, OtherNamesStay) {
  for (const std::string_view message :
       {R"(relation "orders_10" does not exist)", R"(relation "orders_1_old" does not exist)",
        "orders_1 without quotes", R"(one " quote)", ""}) {
    EXPECT_EQ(translated(server_error(message, 0)).message, message);
  }
}

TEST_F(ClientView, TheFieldsOfTableAndConstraintBecomeLogical) {
  const Error error = translated(server_error("m", 0, "orders_1_total_check"));

  EXPECT_NE(error.server_fields.find(std::string("torders\0", 8)), std::string::npos);
  EXPECT_NE(error.server_fields.find("norders_total_check"), std::string::npos);
}

TEST_F(ClientView, AnErrorOfOurOwnIsTranslatedToo) {
  Error error{.sqlstate = "42P01", .message = R"("orders_1" is away)", .position = 3};
  translate_names(error, plan_, {target_});
  move_position(error, 4);

  EXPECT_EQ(error.message, R"("orders" is away)");
  EXPECT_EQ(error.position, 7U);
}

TEST_F(ClientView, NoticesAreTranslatedAndCounted) {
  std::string frames;
  wire::put_notice(frames, "42P07", "NOTICE", R"(relation "orders_1" already exists, skipping)");
  wire::put_notice(frames, "00000", "NOTICE", "other");
  std::string expected;
  wire::put_notice(expected, "42P07", "NOTICE", R"(relation "orders" already exists, skipping)");
  wire::put_notice(expected, "00000", "NOTICE", "other");

  EXPECT_EQ(translate_notices(frames, plan_, {target_}), expected);
}

}  // namespace
}  // namespace tessera::exec
