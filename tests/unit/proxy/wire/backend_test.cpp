#include "proxy/wire/backend.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::wire {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Row = std::vector<std::optional<std::string_view>>;

std::string_view body_of(std::string_view frame) { return frame.substr(kFrameHead); }

std::string row_frame(const Row& row) {
  std::string out;
  put_data_row(out, row);
  return out;
}

std::string reply(TxnStatus status = TxnStatus::kIdle) {
  std::string out;
  put_row_description(out, {{.name = "id", .table = 16'400, .attribute = 1, .type = 23}});
  put_data_row(out, {"1"});
  put_data_row(out, {std::nullopt});
  put_command_complete(out, "SELECT 2");
  put_ready(out, status);
  return out;
}

TEST(ScanReply, EndsBehindReadyForQuery) {
  const std::string bytes = reply(TxnStatus::kInBlock);
  const auto scan = scan_reply(bytes + reply(), "");
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->complete_bytes, bytes.size());
  EXPECT_TRUE(scan->ended);
  EXPECT_EQ(scan->status, TxnStatus::kInBlock);
  EXPECT_EQ(scan->first_special, 0);
}

TEST(ScanReply, CountsWholeFramesAtEveryCut) {
  const std::string bytes = reply(TxnStatus::kFailed);
  std::vector<std::size_t> ends = {0};
  while (ends.back() < bytes.size()) {
    const auto frame = first_frame(std::string_view(bytes).substr(ends.back()), 1000);
    ends.push_back(ends.back() + (*frame)->bytes.size());
  }
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto scan = scan_reply(std::string_view(bytes).substr(0, cut), "");
    ASSERT_TRUE(scan) << cut;
    const std::size_t whole = *(std::upper_bound(ends.begin(), ends.end(), cut) - 1);
    EXPECT_EQ(scan->complete_bytes, whole) << cut;
    EXPECT_EQ(scan->ended, cut == bytes.size()) << cut;
  }
}

TEST(ScanReply, StopsBeforeTheFirstSpecialFrame) {
  const std::string bytes = reply();
  const std::size_t before_tag = bytes.find("C\0\0\0"s);
  const auto scan = scan_reply(bytes, "ECG");
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->first_special, 'C');
  EXPECT_EQ(scan->complete_bytes, before_tag);
  EXPECT_FALSE(scan->ended);
  const auto first = scan_reply(bytes, "T");
  EXPECT_EQ(first->first_special, 'T');
  EXPECT_EQ(first->complete_bytes, 0U);
  const auto ready = scan_reply(bytes, "Z");
  EXPECT_EQ(ready->first_special, 'Z');
  EXPECT_FALSE(ready->ended);
  EXPECT_EQ(ready->complete_bytes, bytes.size() - 6);
}

TEST(ScanReply, TellsWhatTheLastFrameLacks) {
  const std::string bytes = row_frame({"1"}) + row_frame({"22"});
  const std::size_t first = row_frame({"1"}).size();
  for (std::size_t cut = first; cut < bytes.size(); ++cut) {
    const auto scan = scan_reply(std::string_view(bytes).substr(0, cut), "");
    ASSERT_TRUE(scan);
    EXPECT_EQ(scan->complete_bytes, first);
    const bool has_head = cut >= first + kFrameHead;
    EXPECT_EQ(scan->missing, has_head ? bytes.size() - cut : 0U) << cut;
  }
}

TEST(ScanReply, RefusesLengthsThatCannotBe) {
  for (const std::string& length :
       {"\0\0\0\0"s, "\0\0\0\3"s, "\x40\0\0\4"s, "HTTP"s, "\xff\xff\xff\xff"s}) {
    const auto scan = scan_reply(row_frame({"1"}) + "D" + length + "more", "");
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().sqlstate, "08P01");
  }
}

TEST(ScanReply, RefusesAReadyForQueryOfAnotherSizeOrStatus) {
  EXPECT_FALSE(scan_reply("Z\0\0\0\4"s, ""));
  EXPECT_FALSE(scan_reply("Z\0\0\0\6II"s, ""));
  EXPECT_FALSE(scan_reply("Z\0\0\0\5x"s, ""));
  EXPECT_TRUE(scan_reply("Z\0\0\0\5"s, ""));
}

TEST(ScanReply, SurvivesRandomBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 5 == 0 ? random() : random() % 7);
    const auto scan = scan_reply(bytes, "E");
    if (scan) {
      EXPECT_LE(scan->complete_bytes, bytes.size());
    }
  }
}

TEST(RowDescription, RoundTripsAndRefusesEveryCut) {
  const std::vector<Field> fields = {{.name = "id",
                                      .table = 0xfffffffe,
                                      .attribute = -2,
                                      .type = 1043,
                                      .type_size = -1,
                                      .type_modifier = 36,
                                      .format = 1},
                                     {.name = "?column?", .type = 25, .type_size = -1}};
  std::string frame;
  put_row_description(frame, fields);
  std::vector<Field> decoded;
  ASSERT_TRUE(decode_row_description(body_of(frame), decoded));
  ASSERT_EQ(decoded.size(), 2U);
  EXPECT_EQ(decoded[0].name, "id");
  EXPECT_EQ(decoded[0].table, 0xfffffffeU);
  EXPECT_EQ(decoded[0].attribute, -2);
  EXPECT_EQ(decoded[1].type_modifier, -1);
  std::string again;
  put_row_description(again, decoded);
  EXPECT_EQ(again, frame);
  for (std::size_t cut = 0; cut + kFrameHead < frame.size(); ++cut) {
    EXPECT_FALSE(decode_row_description(body_of(frame).substr(0, cut), decoded)) << cut;
  }
  EXPECT_FALSE(decode_row_description(frame.substr(kFrameHead) + "x", decoded));
}

TEST(DataRow, RoundTripsAndRefusesEveryCut) {
  const Row row = {"one", std::nullopt, "", "a\0b"sv};
  const std::string frame = row_frame(row);
  Row decoded;
  ASSERT_TRUE(decode_data_row(body_of(frame), decoded));
  EXPECT_EQ(decoded, row);
  for (std::size_t cut = 0; cut + kFrameHead < frame.size(); ++cut) {
    const Status status = decode_data_row(body_of(frame).substr(0, cut), decoded);
    ASSERT_FALSE(status) << cut;
    EXPECT_EQ(status.error().sqlstate, "08P01");
    EXPECT_EQ(status.error().message, "insufficient data left in message");
  }
  EXPECT_FALSE(decode_data_row(frame.substr(kFrameHead) + "x", decoded));
}

TEST(DataRow, EveryWrongByteIsAnErrorOrAnotherRow) {
  const std::string frame = row_frame({"one", std::nullopt, ""});
  Row decoded;
  for (std::size_t i = 0; i + kFrameHead < frame.size(); ++i) {
    for (const int byte : {0, 1, 0x7f, 0x80, 0xfe, 0xff}) {
      std::string body(body_of(frame));
      body[i] = static_cast<char>(byte);
      if (!decode_data_row(body, decoded)) continue;
      const std::string again = row_frame(decoded);
      EXPECT_EQ(body_of(again), body);
    }
  }
}

TEST(ParameterDescription, RefusesEveryCut) {
  const std::string body = "\0\2\0\0\0\x17\0\0\0\x19"s;
  std::vector<std::uint32_t> types;
  ASSERT_TRUE(decode_parameter_description(body, types));
  EXPECT_EQ(types, (std::vector<std::uint32_t>{23, 25}));
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(decode_parameter_description(std::string_view(body).substr(0, cut), types));
  }
}

TEST(ParameterStatus, RoundTripsAndRefusesEveryCut) {
  std::string frame;
  put_parameter_status(frame, "TimeZone", "Europe/Lisbon");
  const auto parameter = decode_parameter_status(body_of(frame));
  ASSERT_TRUE(parameter);
  EXPECT_EQ(parameter->name, "TimeZone");
  EXPECT_EQ(parameter->value, "Europe/Lisbon");
  for (std::size_t cut = 0; cut + kFrameHead < frame.size(); ++cut) {
    EXPECT_FALSE(decode_parameter_status(body_of(frame).substr(0, cut)));
  }
}

TEST(ErrorResponse, OfAServerKeepsAllItsFields) {
  const std::string body =
      "SERREUR\0VERROR\0C23505\0Mduplicate key\0DKey (id)=(1).\0Hhint\0P12\0tt_order_0\0\0"s;
  const Error error = decode_error(body);
  EXPECT_EQ(error.sqlstate, "23505");
  EXPECT_EQ(error.message, "duplicate key");
  EXPECT_EQ(error.detail, "Key (id)=(1).");
  EXPECT_EQ(error.hint, "hint");
  EXPECT_EQ(error.position, 12U);
  EXPECT_FALSE(error.fatal);
  std::string frame;
  put_error(frame, error);
  EXPECT_EQ(body_of(frame), body);
}

TEST(ErrorResponse, FatalAndPanicEndTheSession) {
  EXPECT_TRUE(decode_error("SFATAL\0VFATAL\0C57P01\0Mbye\0\0"s).fatal);
  EXPECT_TRUE(decode_error("SPANIK\0VPANIC\0C57P02\0Mbye\0\0"s).fatal);
  EXPECT_TRUE(decode_error("SFATAL\0C57P01\0Mbye\0\0"s).fatal);
  EXPECT_FALSE(decode_error("VERROR\0SFATAL\0C57P01\0Mbye\0\0"s).fatal);
}

TEST(ErrorResponse, CutAnywhereIsNotRelayed) {
  const std::string body = "SERROR\0VERROR\0C42P01\0Mno such table\0\0"s;
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    const Error error = decode_error(std::string_view(body).substr(0, cut));
    EXPECT_TRUE(error.server_fields.empty()) << cut;
    EXPECT_EQ(error.sqlstate.size(), 5U);
  }
  EXPECT_TRUE(decode_error(body + "trailing").server_fields.empty());
}

TEST(ErrorResponse, OfOurOwnHasTheFieldsInOrder) {
  std::string out;
  put_error(out, {.sqlstate = "0A000",
                  .message = "m",
                  .detail = "d",
                  .hint = "h",
                  .position = 7,
                  .fatal = false});
  EXPECT_EQ(body_of(out), "SERROR\0VERROR\0C0A000\0Mm\0Dd\0Hh\0P7\0\0"s);
  out.clear();
  put_error(out, {.sqlstate = "57P01", .message = "bye", .fatal = true});
  EXPECT_EQ(body_of(out), "SFATAL\0VFATAL\0C57P01\0Mbye\0\0"s);
  out.clear();
  put_notice(out, "01000", "WARNING", "careful");
  EXPECT_EQ(out[0], 'N');
  EXPECT_EQ(body_of(out), "SWARNING\0VWARNING\0C01000\0Mcareful\0\0"s);
}

TEST(Tag, CountsRowsWhereItCounts) {
  EXPECT_EQ(rows_of_tag("SELECT 7"), 7U);
  EXPECT_EQ(rows_of_tag("INSERT 0 3"), 3U);
  EXPECT_EQ(rows_of_tag("UPDATE 0"), 0U);
  EXPECT_EQ(rows_of_tag("COPY 18446744073709551615"), 18446744073709551615U);
  for (const char* tag : {"BEGIN", "CREATE TABLE", "", "7", "SELECT ", "SELECT x1", "SELECT 1x",
                          "COPY 18446744073709551616"}) {
    EXPECT_EQ(rows_of_tag(tag), std::nullopt) << tag;
  }
}

TEST(Tag, TakesAnotherCount) {
  EXPECT_EQ(tag_with_rows("INSERT 0 3", 12), "INSERT 0 12");
  EXPECT_EQ(tag_with_rows("DELETE 100", 1), "DELETE 1");
  EXPECT_EQ(tag_with_rows("TRUNCATE TABLE", 5), "TRUNCATE TABLE");
}

TEST(Encoders, WriteWhatTheProtocolSays) {
  std::string out;
  put_authentication_ok(out);
  EXPECT_EQ(out, "R\0\0\0\x08\0\0\0\0"s);
  out.clear();
  put_authentication_sasl(out, "SCRAM-SHA-256");
  EXPECT_EQ(out, "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"s);
  out.clear();
  put_authentication_sasl_continue(out, "r=");
  put_authentication_sasl_final(out, "v=");
  EXPECT_EQ(out, "R\0\0\0\x0a\0\0\0\x0br=R\0\0\0\x0a\0\0\0\x0cv="s);
  out.clear();
  put_backend_key(out, 1, -1);
  EXPECT_EQ(out, "K\0\0\0\x0c\0\0\0\1\xff\xff\xff\xff"s);
  out.clear();
  put_ready(out, TxnStatus::kFailed);
  put_empty(out, '1');
  EXPECT_EQ(out, "Z\0\0\0\5E1\0\0\0\4"s);
  out.clear();
  put_negotiate_version(out, 0, {"_pq_.x"});
  EXPECT_EQ(out, "v\0\0\0\x13\0\3\0\0\0\0\0\1_pq_.x\0"s);
}

}  // namespace
}  // namespace tessera::wire
