#include "proxy/wire/frontend.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::wire {
namespace {

using namespace std::string_literals;
using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string_view body_of(std::string_view frame) { return frame.substr(kFrameHead); }

std::string packet(std::uint32_t code, std::string_view rest) {
  std::string out;
  put_i32(out, static_cast<std::int32_t>(8 + rest.size()));
  put_i32(out, static_cast<std::int32_t>(code));
  out.append(rest);
  return out;
}

std::string bound(const BindMessage& message) {
  std::string out;
  put_bind(out, message);
  return out;
}

BindMessage sample_bind() {
  BindMessage message;
  message.portal = "portal";
  message.statement = "statement";
  message.parameter_formats = {0, 1, 0};
  message.parameters = {"text", std::nullopt, ""};
  message.result_formats = {1};
  return message;
}

TEST(Bind, ItsHeadAndTheRestOfItsBytesAreTheWhole) {
  BindMessage message = sample_bind();
  message.portal = "";
  const std::string whole = bound(message);
  const std::size_t head = kFrameHead + 1 + message.statement.size() + 1;
  std::string made;
  put_bind_head(made, "another name", whole.size() - head);
  made.append(whole, head);
  message.statement = "another name";
  EXPECT_EQ(made, bound(message));
}

TEST(Startup, RoundTrips) {
  const Parameters parameters = {
      {"user", "shop"}, {"database", "shop"}, {"options", "-c geqo=off"}, {"application_name", ""}};
  std::string bytes;
  put_startup(bytes, parameters);
  const auto size = first_packet_size(bytes);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, bytes.size());
  const auto first = decode_first_packet(bytes);
  ASSERT_TRUE(first);
  const auto& startup = std::get<StartupMessage>(*first);
  EXPECT_EQ(startup.parameters, parameters);
  EXPECT_EQ(startup.minor_version, 0);
  EXPECT_EQ(startup.find("user"), "shop");
  EXPECT_EQ(startup.find("replication"), "");
}

// PostgreSQL 15's PQ_SMALL_MESSAGE_LIMIT and PQ_LARGE_MESSAGE_LIMIT, less the length word.
TEST(Frontend, OnlyMessagesWithTextsOrValuesMayBeLong) {
  for (const char type : "QFBPd"s) EXPECT_EQ(body_max_of(type), 0x3ffffffeU - 4) << type;
  for (const char type : "CDEHSXcf!"s) EXPECT_EQ(body_max_of(type), 9996U) << type;
  std::string sync = "S";
  put_i32(sync, 10'001);
  EXPECT_FALSE(first_frame(sync, body_max_of('S')));
}

TEST(Startup, TheLastOfTwoEqualNamesCounts) {
  const auto first = decode_first_packet(packet(kProtocol3, "user\0a\0user\0b\0\0"s));
  ASSERT_TRUE(first);
  EXPECT_EQ(std::get<StartupMessage>(*first).find("user"), "b");
}

TEST(Startup, SizeNeedsFourBytes) {
  const std::string bytes = packet(kProtocol3, "user\0a\0\0"s);
  for (std::size_t cut = 0; cut < 4; ++cut) {
    const auto size = first_packet_size(std::string_view(bytes).substr(0, cut));
    ASSERT_TRUE(size);
    EXPECT_FALSE(size->has_value());
  }
  EXPECT_EQ(**first_packet_size(std::string_view(bytes).substr(0, 4)), bytes.size());
}

TEST(Startup, RefusesWrongLengths) {
  for (const std::uint32_t length : {0U, 4U, 7U, 10'005U, 0x7fffffffU, 0xffffffffU}) {
    std::string bytes;
    put_i32(bytes, static_cast<std::int32_t>(length));
    const auto size = first_packet_size(bytes);
    ASSERT_FALSE(size) << length;
    EXPECT_EQ(size.error().sqlstate, "08P01");
    EXPECT_EQ(size.error().message, "invalid length of startup packet");
  }
  std::string largest;
  put_i32(largest, 10'004);
  EXPECT_TRUE(first_packet_size(largest));
}

TEST(Startup, CutAnywhereIsAnError) {
  const std::string whole = "user\0shop\0database\0shop\0\0"s;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto first = decode_first_packet(packet(kProtocol3, whole.substr(0, cut)));
    ASSERT_FALSE(first) << cut;
    EXPECT_EQ(first.error().message,
              "invalid startup packet layout: expected terminator as last byte");
  }
  EXPECT_FALSE(decode_first_packet(packet(kProtocol3, whole + "x")));
  const std::string bytes = packet(kProtocol3, whole);
  EXPECT_FALSE(decode_first_packet(std::string_view(bytes).substr(0, bytes.size() - 1)));
  EXPECT_FALSE(decode_first_packet(bytes + "more"));
}

TEST(Startup, KnowsTheRequestsThatComeInsteadOfIt) {
  EXPECT_TRUE(std::holds_alternative<SslRequest>(*decode_first_packet(packet(kSslRequest, ""))));
  EXPECT_TRUE(
      std::holds_alternative<GssEncRequest>(*decode_first_packet(packet(kGssEncRequest, ""))));
  std::string bytes;
  put_cancel_request(bytes, {.pid = 17, .secret = -5});
  const auto cancel = decode_first_packet(bytes);
  ASSERT_TRUE(cancel);
  EXPECT_EQ(std::get<CancelRequest>(*cancel).pid, 17);
  EXPECT_EQ(std::get<CancelRequest>(*cancel).secret, -5);
  EXPECT_FALSE(decode_first_packet(packet(kCancelRequest, "1234")));
  EXPECT_FALSE(decode_first_packet(packet(kCancelRequest, "123456789")));
}

TEST(Startup, RefusesOtherProtocols) {
  const auto old = decode_first_packet(packet(2 << 16, "whatever"));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().sqlstate, "0A000");
  EXPECT_EQ(old.error().message, "unsupported frontend protocol 2.0: server supports 3.0 to 3.0");
  const auto minor = decode_first_packet(packet(kProtocol3 + 2, "user\0a\0\0"s));
  ASSERT_TRUE(minor);
  EXPECT_EQ(std::get<StartupMessage>(*minor).minor_version, 2);
}

TEST(Query, RoundTripsAndRefusesEveryCut) {
  std::string frame;
  put_query(frame, "select 1");
  const std::string_view body = body_of(frame);
  ASSERT_TRUE(decode_query(body));
  EXPECT_EQ(*decode_query(body), "select 1");
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    const auto query = decode_query(body.substr(0, cut));
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().message, "invalid string in message");
  }
  EXPECT_EQ(decode_query("a\0b\0"s).error().message, "invalid message format");
}

TEST(Parse, RoundTripsAndRefusesEveryCut) {
  std::string frame;
  put_parse(frame, "s1", "select $1", {23, 0, 0xffffffff});
  const std::string_view body = body_of(frame);
  ParseMessage message;
  ASSERT_TRUE(decode_parse(body, message));
  EXPECT_EQ(message.name, "s1");
  EXPECT_EQ(message.query, "select $1");
  EXPECT_EQ(message.parameter_types, (std::vector<std::uint32_t>{23, 0, 0xffffffff}));
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(decode_parse(body.substr(0, cut), message)) << cut;
  }
  EXPECT_EQ(decode_parse(std::string(body) + "x", message).error().message,
            "invalid message format");
}

TEST(Bind, RoundTripsAndRefusesEveryCut) {
  const std::string frame = bound(sample_bind());
  const std::string_view body = body_of(frame);
  BindMessage message;
  ASSERT_TRUE(decode_bind(body, message));
  EXPECT_EQ(message.portal, "portal");
  EXPECT_EQ(message.statement, "statement");
  EXPECT_EQ(message.parameter_formats, (std::vector<std::int16_t>{0, 1, 0}));
  EXPECT_EQ(message.parameters, sample_bind().parameters);
  EXPECT_EQ(message.result_formats, std::vector<std::int16_t>{1});
  EXPECT_EQ(bound(message), frame);
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(decode_bind(body.substr(0, cut), message)) << cut;
  }
  EXPECT_FALSE(decode_bind(std::string(body) + "x", message));
}

TEST(Bind, EveryWrongByteOfALengthIsAnErrorOrAnotherMessage) {
  const std::string frame = bound(sample_bind());
  BindMessage message;
  for (std::size_t i = 0; i < frame.size() - kFrameHead; ++i) {
    for (const int byte : {0, 1, 0x7f, 0x80, 0xff}) {
      std::string body(body_of(frame));
      body[i] = static_cast<char>(byte);
      if (!decode_bind(body, message)) continue;
      EXPECT_EQ(body_of(bound(message)), body);
    }
  }
}

TEST(Bind, RefusesALengthBelowMinusOne) {
  BindMessage message;
  std::string body = "\0\0\0\0\0\1"s;
  put_i32(body, -2);
  body += "\0\0"s;
  const Status status = decode_bind(body, message);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "insufficient data left in message");
}

TEST(Bind, RefusesFormatsThatDoNotFitTheParameters) {
  BindMessage message = sample_bind();
  message.parameter_formats = {0, 1};
  const std::string frame = bound(message);
  const Status status = decode_bind(body_of(frame), message);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().sqlstate, "08P01");
  EXPECT_EQ(status.error().message, "bind message has 2 parameter formats but 3 parameters");
}

TEST(Bind, TakesSixtyFiveThousandParameters) {
  BindMessage message;
  message.parameters.assign(65'535, "7");
  const std::string frame = bound(message);
  BindMessage decoded;
  ASSERT_TRUE(decode_bind(body_of(frame), decoded));
  EXPECT_EQ(decoded.parameters.size(), 65'535U);
}

TEST(Bind, FormatsAreNoneOneOrEach) {
  BindMessage message;
  EXPECT_EQ(message.format_of(3), 0);
  message.parameter_formats = {1};
  EXPECT_EQ(message.format_of(3), 1);
  message.parameter_formats = {0, 1};
  EXPECT_EQ(message.format_of(0), 0);
  EXPECT_EQ(message.format_of(1), 1);
}

TEST(Named, RoundTripsAndRefusesEveryCut) {
  std::string frame;
  put_describe(frame, 'P', "portal");
  EXPECT_EQ(frame[0], 'D');
  const std::string_view body = body_of(frame);
  const auto message = decode_named(body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, 'P');
  EXPECT_EQ(message->name, "portal");
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(decode_named(body.substr(0, cut)));
  }
  std::string close;
  put_close(close, 'S', "");
  EXPECT_EQ(close, "C\0\0\0\6S\0"s);
}

TEST(Named, NamesTheUnknownSubtype) {
  EXPECT_EQ(decode_named("x\0"s, 'D').error().message, "invalid DESCRIBE message subtype 120");
  EXPECT_EQ(decode_named("x\0"s, 'C').error().message, "invalid CLOSE message subtype 120");
  EXPECT_EQ(decode_named("x\0"s, 'C').error().sqlstate, "08P01");
}

TEST(Execute, RoundTripsAndRefusesEveryCut) {
  std::string frame;
  put_execute(frame, "c1", 50);
  const std::string_view body = body_of(frame);
  const auto message = decode_execute(body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->portal, "c1");
  EXPECT_EQ(message->rows_max, 50);
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(decode_execute(body.substr(0, cut)));
  }
}

TEST(Encoders, WriteWhatTheProtocolSays) {
  std::string out;
  put_sync(out);
  put_flush(out);
  put_terminate(out);
  EXPECT_EQ(out, "S\0\0\0\4H\0\0\0\4X\0\0\0\4"s);
  out.clear();
  put_copy_fail(out, "no");
  EXPECT_EQ(out, "f\0\0\0\7no\0"s);
  out.clear();
  put_password(out, "v=x");
  EXPECT_EQ(out, "p\0\0\0\7v=x"s);
  out.clear();
  put_sasl_initial(out, "M", "abc");
  EXPECT_EQ(out, "p\0\0\0\x0dM\0\0\0\0\3abc"s);
}

TEST(Decoders, SurviveRandomBytes) {
  std::mt19937 random(11);
  ParseMessage parse;
  BindMessage bind;
  for (int round = 0; round < 20'000; ++round) {
    std::string body(random() % 40, '\0');
    for (char& byte : body) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 3);
    (void)decode_first_packet(body);
    (void)decode_first_packet(packet(kProtocol3, body));
    (void)decode_query(body);
    (void)decode_named(body);
    (void)decode_execute(body);
    if (decode_parse(body, parse)) {
      std::string again;
      put_parse(again, parse.name, parse.query, parse.parameter_types);
      EXPECT_EQ(body_of(again), body);
    }
    if (decode_bind(body, bind)) {
      EXPECT_EQ(body_of(bound(bind)), body);
    }
  }
}

}  // namespace
}  // namespace tessera::wire
