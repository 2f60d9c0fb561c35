#include "proxy/backend/server_conn.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/run_task.h"

namespace tessera::backend {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using test::FakeConnection;
using test::FakeServer;
using test::run;
using ConnResult = Result<std::shared_ptr<ServerConn>>;

constexpr auto kPatience = 10s;

rules::DataSource source_at(std::uint16_t port) {
  rules::DataSource source;
  source.name = "ds_0";
  source.host = "127.0.0.1";
  source.port = port;
  source.database = "shop";
  source.username = "shop";
  source.password = "secret";
  return source;
}

ConnResult connect(asio::io_context& context, const rules::DataSource& source,
                   std::chrono::milliseconds patience = kPatience) {
  return run(context, ServerConn::connect(context.get_executor(), source, role_of(source),
                                          Clock::now() + patience));
}

ConnResult connect_to(FakeServer& server, asio::io_context& context) {
  return connect(context, source_at(server.port()));
}

std::string reply(std::string_view tag, wire::TxnStatus status = wire::TxnStatus::kIdle) {
  std::string out;
  wire::put_command_complete(out, tag);
  wire::put_ready(out, status);
  return out;
}

std::string refusal(std::string_view sqlstate, std::string_view message) {
  std::string out;
  wire::put_error(
      out, {.sqlstate = std::string(sqlstate), .message = std::string(message), .fatal = true});
  return out;
}

TEST(ServerConnConnect, LogsInByScram) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.authenticate("secret") && peer.welcome(77, 99)) peer.hang();
  }});
  asio::io_context context;
  const ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn) << conn.error().message;
  EXPECT_EQ((*conn)->pid(), 77);
  EXPECT_EQ((*conn)->parameters().find("server_version")->second, "15.0");
  EXPECT_FALSE((*conn)->in_hot_standby());
  EXPECT_TRUE((*conn)->clean());
}

TEST(ServerConnConnect, SendsWhatTheDataSourceSays) {
  std::string packet;
  FakeServer server({[&packet](FakeConnection& peer) {
    packet = peer.first_packet().value_or("");
    peer.welcome();
  }});
  rules::DataSource source = source_at(server.port());
  source.search_path = "app,public";
  source.application_name = "shop-front";
  asio::io_context context;
  ASSERT_TRUE(connect(context, source));
  ASSERT_TRUE(server.wait_for_ended(1));
  const auto first = wire::decode_first_packet(packet);
  ASSERT_TRUE(first);
  const auto& startup = std::get<wire::StartupMessage>(*first);
  EXPECT_EQ(startup.find("user"), "shop");
  EXPECT_EQ(startup.find("database"), "shop");
  EXPECT_EQ(startup.find("search_path"), "app,public");
  EXPECT_EQ(startup.find("application_name"), "shop-front");
}

TEST(ServerConnConnect, ReadsAWelcomeThatComesByteByByte) {
  FakeServer server({[](FakeConnection& peer) {
    if (!peer.first_packet()) return;
    std::string out;
    wire::put_authentication_ok(out);
    wire::put_parameter_status(out, "TimeZone", "UTC");
    wire::put_backend_key(out, 5, 6);
    wire::put_ready(out, wire::TxnStatus::kIdle);
    if (peer.send_bytewise(out)) peer.hang();
  }});
  asio::io_context context;
  const ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  EXPECT_EQ((*conn)->pid(), 5);
  EXPECT_EQ((*conn)->parameters().find("TimeZone")->second, "UTC");
}

TEST(ServerConnConnect, AWrongPasswordIsTheServersOwn28P01) {
  FakeServer server({[](FakeConnection& peer) { peer.authenticate("another"); }});
  asio::io_context context;
  const ConnResult conn = connect_to(server, context);
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "28P01");
  EXPECT_FALSE(conn.error().fatal);
}

TEST(ServerConnConnect, AServerThatDoesNotKnowThePasswordIsNotTrusted) {
  FakeServer server({[](FakeConnection& peer) {
    if (!peer.first_packet()) return;
    std::string out;
    wire::put_authentication_sasl(out, "SCRAM-SHA-256");
    if (!peer.send(out)) return;
    const auto initial = peer.message('p');
    if (!initial) return;
    wire::ScramServer scram(wire::make_verifier("whatever"));
    const auto first = scram.first(initial->body.substr(initial->body.find("n,,")));
    out.clear();
    wire::put_authentication_sasl_continue(out, *first);
    if (!peer.send(out) || !peer.message('p')) return;
    out.clear();
    wire::put_authentication_sasl_final(out, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    if (peer.send(out) && peer.welcome()) peer.hang();
  }});
  asio::io_context context;
  const ConnResult conn = connect_to(server, context);
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "28000");
  EXPECT_TRUE(server.wait_for_ended(1));
}

TEST(ServerConnConnect, TheServersRefusalReachesTheCallerAndDoesNotEndItsSession) {
  const std::vector<std::string> states = {"3D000", "53300", "57P03"};
  for (const std::string& state : states) {
    FakeServer server({[&state](FakeConnection& peer) {
      if (peer.first_packet()) peer.send(refusal(state, "not now"));
    }});
    asio::io_context context;
    const ConnResult conn = connect_to(server, context);
    ASSERT_FALSE(conn);
    EXPECT_EQ(conn.error().sqlstate, state);
    EXPECT_EQ(conn.error().message, "not now");
    EXPECT_EQ(conn.error().retry, Retry::kElsewhere);
    EXPECT_FALSE(conn.error().fatal);
    EXPECT_TRUE(conn.error().server_fields.empty());
  }
}

rules::DataSource encrypted_source_at(std::uint16_t port, SslMode mode) {
  rules::DataSource source = source_at(port);
  source.tls.mode = mode;
  return source;
}

// What the server answers the SSLRequest by.
FakeServer::Script answering(std::string answer) {
  return [answer](FakeConnection& peer) {
    if (peer.first_packet() && peer.send(answer)) peer.hang();
  };
}

TEST(ServerConnTls, AServerWithoutItIsRefusedWhereItIsRequired) {
  FakeServer server({answering("N")});
  asio::io_context context;
  const ConnResult conn = connect(context, encrypted_source_at(server.port(), SslMode::kRequire));
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "08001");
  EXPECT_TRUE(conn.error().detail.ends_with("server does not support SSL, but SSL was required"));
  EXPECT_EQ(server.accepted(), 1U);
}

TEST(ServerConnTls, AServerWithoutItIsSpokenToInPlainTextWhereItIsPreferred) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.first_packet() && peer.send("N") && peer.accept()) peer.hang();
  }});
  asio::io_context context;
  EXPECT_TRUE(connect(context, encrypted_source_at(server.port(), SslMode::kPrefer)));
  EXPECT_EQ(server.accepted(), 1U);
}

// Its text may be anybody's who stands between.
TEST(ServerConnTls, AnswersThatAreNoneAreNotBelieved) {
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"SX", "received unencrypted data after SSL response"},
      {"E", "server sent an error response during SSL exchange"},
      {"x", "received invalid response to SSL negotiation: x"}};
  for (const auto& [answer, expected] : answers) {
    FakeServer server({answering(answer)});
    asio::io_context context;
    const ConnResult conn = connect(context, encrypted_source_at(server.port(), SslMode::kPrefer));
    ASSERT_FALSE(conn);
    EXPECT_TRUE(conn.error().detail.ends_with(expected)) << conn.error().detail;
  }
}

TEST(ServerConnTls, AHandshakeThatNeverEndsEndsAtTheDeadline) {
  FakeServer server({answering("S")});
  asio::io_context context;
  const auto source = encrypted_source_at(server.port(), SslMode::kRequire);
  const ConnResult conn = connect(context, source, 100ms);
  ASSERT_FALSE(conn);
  EXPECT_TRUE(conn.error().detail.ends_with("timeout expired"));
}

TEST(ServerConnTls, AHandshakeThatFailsIsFollowedByPlainTextWhereTlsIsOnlyPreferred) {
  const auto plain = [](FakeConnection& peer) {
    if (peer.accept()) peer.hang();
  };
  FakeServer server({[](FakeConnection& peer) {
                       if (!peer.first_packet() || !peer.send("S")) return;
                       // The type of the ClientHello's record: it has begun.
                       if (peer.wait_for_byte()) peer.send("no handshake at all");
                     },
                     plain});
  asio::io_context context;
  const ConnResult conn = connect(context, encrypted_source_at(server.port(), SslMode::kPrefer));
  EXPECT_TRUE(conn);
  EXPECT_EQ(server.accepted(), 2U);
}

TEST(ServerConnTls, ABindingThatIsRequiredIsNotForgottenWhenTheServerAsksForNothing) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.first_packet() && peer.send("N") && peer.accept()) peer.hang();
  }});
  asio::io_context context;
  auto source = encrypted_source_at(server.port(), SslMode::kPrefer);
  source.tls.channel_binding = ChannelBinding::kRequire;
  const ConnResult conn = connect(context, source);
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "28000");
  EXPECT_EQ(conn.error().message,
            "channel binding required, but server authenticated client without channel binding");
}

TEST(ServerConnConnect, AServerThatClosesAtAnyStepOfTheLoginIsUnreachable) {
  const std::vector<FakeServer::Script> scripts = {
      [](FakeConnection&) {},
      [](FakeConnection& peer) { peer.first_packet(); },
      [](FakeConnection& peer) {
        if (peer.first_packet()) peer.send("R\0\0"s);
      },
      [](FakeConnection& peer) {
        std::string out;
        wire::put_authentication_sasl(out, "SCRAM-SHA-256");
        if (peer.first_packet() && peer.send(out)) peer.message('p');
      },
      [](FakeConnection& peer) { peer.authenticate("secret"); },
      [](FakeConnection& peer) {
        std::string out;
        wire::put_authentication_ok(out);
        wire::put_backend_key(out, 1, 2);
        if (peer.first_packet()) peer.send(out);
      },
      [](FakeConnection& peer) {
        if (peer.first_packet()) peer.reset();
      },
  };
  for (std::size_t step = 0; step < scripts.size(); ++step) {
    FakeServer server({scripts[step]});
    asio::io_context context;
    const ConnResult conn = connect_to(server, context);
    ASSERT_FALSE(conn) << step;
    EXPECT_EQ(conn.error().sqlstate, "08001") << step;
    EXPECT_EQ(conn.error().retry, Retry::kElsewhere) << step;
  }
}

TEST(ServerConnConnect, AClosedPortIsUnreachable) {
  std::uint16_t port = 0;
  {
    FakeServer gone({[](FakeConnection&) {}});
    port = gone.port();
  }
  asio::io_context context;
  const ConnResult conn = connect(context, source_at(port));
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "08001");
  EXPECT_NE(conn.error().detail.find("127.0.0.1:" + std::to_string(port)), std::string::npos);
}

TEST(ServerConnConnect, GarbageIsAnErrorAndNotWaitedFor) {
  const std::vector<std::string> garbage = {
      "HTTP/1.1 400 Bad Request\r\n\r\n"s,
      "R\0\0\0\3"s,
      "R\0\0\0\4"s,
      "R\xff\xff\xff\xff"s,
      "R\0\0\0\x08\0\0\0\x63"s,
      "R\0\0\0\x0b\0\0\0\x05sal"s,
      "R\0\0\0\x0b\0\0\0\x0bxyz"s,
  };
  for (const std::string& bytes : garbage) {
    FakeServer server({[&bytes](FakeConnection& peer) {
      if (peer.first_packet() && peer.send(bytes)) peer.hang();
    }});
    asio::io_context context;
    const ConnResult conn = connect_to(server, context);
    ASSERT_FALSE(conn) << bytes;
    // 08P01 would blame the client, FATAL would end its session.
    EXPECT_NE(conn.error().sqlstate, "08P01") << bytes;
    EXPECT_FALSE(conn.error().fatal) << bytes;
    EXPECT_TRUE(server.wait_for_ended(1)) << "the connection was left open after " << bytes;
  }
}

TEST(ServerConnConnect, AServerThatSaysNothingIsUnreachableAtTheDeadline) {
  FakeServer server({[](FakeConnection& peer) { peer.hang(); }});
  asio::io_context context;
  const auto began = Clock::now();
  const ConnResult conn = connect(context, source_at(server.port()), 50ms);
  ASSERT_FALSE(conn);
  EXPECT_EQ(conn.error().sqlstate, "08001");
  EXPECT_GE(Clock::now() - began, 50ms);
  EXPECT_NE(conn.error().detail.find("timeout expired"), std::string::npos) << conn.error().detail;
  EXPECT_TRUE(server.wait_for_ended(1));
}

TEST(ServerConn, SwallowsTheRepliesOfItsOwnQueries) {
  std::vector<std::string> heard;
  FakeServer server({[&heard](FakeConnection& peer) {
    if (!peer.accept()) return;
    while (const auto query = peer.message('Q')) {
      heard.push_back(query->body);
      if (!peer.send(reply(heard.size() == 1 ? "SET" : "SELECT 0"))) return;
    }
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_own_query("SET x = 1");
  (*conn)->put_query("SELECT");
  EXPECT_EQ((*conn)->owed(), 2U);
  ASSERT_TRUE(run(context, (*conn)->flush()));
  ASSERT_TRUE(run(context, (*conn)->settle()));
  EXPECT_TRUE((*conn)->settled());
  EXPECT_FALSE((*conn)->clean());
  const auto tag = run(context, (*conn)->read());
  ASSERT_TRUE(tag);
  EXPECT_EQ(tag->body, "SELECT 0\0"s);
  ASSERT_TRUE(run(context, (*conn)->read()));
  EXPECT_TRUE((*conn)->clean());
  conn->reset();
  ASSERT_TRUE(server.wait_for_ended(1));
  EXPECT_EQ(heard, (std::vector<std::string>{"SET x = 1\0"s, "SELECT\0"s}));
}

TEST(ServerConn, TellsWhatTheServerSaidToItsOwnQuery) {
  FakeServer server({[](FakeConnection& peer) {
    std::string out;
    wire::put_error(out, {.sqlstate = "22023", .message = "invalid value"});
    wire::put_ready(out, wire::TxnStatus::kIdle);
    if (peer.accept()) peer.serve(out);
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_own_query("SET x = 1");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  const Status settled = run(context, (*conn)->settle());
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().sqlstate, "22023");
  EXPECT_TRUE((*conn)->clean());
}

// It comes when the server likes, and belongs to the client.
TEST(ServerConn, KeepsANotificationThatComesBeforeTheReplyToItsOwnQuery) {
  const std::string notification = "A\0\0\0\15\0\0\0\7ch\0x\0"s;
  FakeServer server({[&notification](FakeConnection& peer) {
    std::string out = notification;
    wire::put_command_complete(out, "SET");
    wire::put_ready(out, wire::TxnStatus::kIdle);
    if (peer.accept()) peer.serve(out);
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_own_query("SET x = 1");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  ASSERT_TRUE(run(context, (*conn)->settle()));
  EXPECT_EQ((*conn)->unasked, notification);
}

TEST(ServerConn, DrainEndsACopyThatNobodyWillFeed) {
  std::string reason;
  FakeServer server({[&reason](FakeConnection& peer) {
    if (!peer.accept() || !peer.message('Q')) return;
    peer.send("G\0\0\0\7\0\0\0"s);
    const auto failed = peer.message('f');
    if (!failed) return;
    reason = failed->body;
    std::string out;
    wire::put_error(out, {.sqlstate = "57014", .message = "COPY from stdin failed"});
    wire::put_ready(out, wire::TxnStatus::kIdle);
    if (peer.send(out)) peer.hang();
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_query("COPY t FROM STDIN");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  ASSERT_TRUE(run(context, (*conn)->drain()));
  EXPECT_TRUE((*conn)->clean());
  conn->reset();
  ASSERT_TRUE(server.wait_for_ended(1));
  EXPECT_FALSE(reason.empty());
}

TEST(ServerConn, FollowsTheTransactionStatus) {
  FakeServer server({[](FakeConnection& peer) {
    if (!peer.accept()) return;
    for (const auto status :
         {wire::TxnStatus::kInBlock, wire::TxnStatus::kFailed, wire::TxnStatus::kIdle}) {
      if (!peer.message('Q') || !peer.send(reply("OK", status))) return;
    }
    peer.hang();
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  for (const auto status :
       {wire::TxnStatus::kInBlock, wire::TxnStatus::kFailed, wire::TxnStatus::kIdle}) {
    (*conn)->put_query("whatever");
    ASSERT_TRUE(run(context, (*conn)->flush()));
    ASSERT_TRUE(run(context, (*conn)->drain()));
    EXPECT_EQ((*conn)->status(), status);
    EXPECT_EQ((*conn)->clean(), status == wire::TxnStatus::kIdle);
  }
}

TEST(ServerConn, AServerThatDiesInMidReplyBreaksIt) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.accept() && peer.message('Q')) peer.send("D\0\0\0\x20\0\1"s);
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_query("SELECT 1");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  const auto frame = run(context, (*conn)->read());
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().sqlstate, "08006");
  EXPECT_TRUE((*conn)->broken());
  EXPECT_FALSE((*conn)->clean());
  EXPECT_FALSE(run(context, (*conn)->flush()));
  EXPECT_FALSE(run(context, (*conn)->fill()));
}

TEST(ServerConn, GarbageInAReplyBreaksIt) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.accept() && peer.message('Q') && peer.send("D\0\0\0\0"s)) peer.hang();
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_query("SELECT 1");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  const auto frame = run(context, (*conn)->read());
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().sqlstate, "08006");
  EXPECT_FALSE(frame.error().fatal);
  EXPECT_TRUE((*conn)->broken());
}

TEST(ServerConn, ReadsAMessageLargerThanItsBuffer) {
  const std::string big(300'000, 'x');
  std::string answer;
  wire::put_data_row(answer, {std::string_view(big)});
  answer += reply("SELECT 1");
  FakeServer server({[&answer](FakeConnection& peer) {
    if (peer.accept()) peer.serve(answer);
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  for (int round = 0; round < 3; ++round) {
    (*conn)->put_query("SELECT big");
    ASSERT_TRUE(run(context, (*conn)->flush()));
    const auto row = run(context, (*conn)->read());
    ASSERT_TRUE(row);
    EXPECT_EQ(row->body.size(), big.size() + 6);
    ASSERT_TRUE(run(context, (*conn)->drain()));
  }
  EXPECT_TRUE((*conn)->clean());
}

TEST(ServerConn, IsStaleOnceItsServerIsGone) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.accept()) peer.serve(reply("OK"));
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  EXPECT_FALSE((*conn)->stale());
  FakeServer gone({[](FakeConnection& peer) { peer.accept(); }});
  ConnResult left = connect_to(gone, context);
  ASSERT_TRUE(left);
  ASSERT_TRUE(gone.wait_for_ended(1));
  EXPECT_TRUE((*left)->stale());
}

TEST(ServerConn, KnowsAServerInRecovery) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.first_packet() && peer.welcome(1, 2, true)) peer.hang();
  }});
  asio::io_context context;
  const ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  EXPECT_TRUE((*conn)->in_hot_standby());
}

TEST(ServerConn, CancelReachesTheServerWithItsKeyAndTheConnectionIsNotLentOn) {
  std::string packet;
  FakeServer server(
      {[](FakeConnection& peer) {
         if (!peer.first_packet() || !peer.welcome(1234, -77)) return;
         peer.serve("");
       },
       [&packet](FakeConnection& peer) { packet = peer.first_packet().value_or(""); }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  (*conn)->put_query("SELECT pg_sleep(1000)");
  ASSERT_TRUE(run(context, (*conn)->flush()));
  ServerConn::cancel(*conn);
  EXPECT_FALSE((*conn)->clean());
  context.restart();
  context.run_for(kPatience);  // ends when the cancel request has been served
  ASSERT_TRUE(server.wait_for_ended(1));
  const auto request = wire::decode_first_packet(packet);
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<wire::CancelRequest>(*request).pid, 1234);
  EXPECT_EQ(std::get<wire::CancelRequest>(*request).secret, -77);
  EXPECT_FALSE((*conn)->clean());
}

TEST(ServerConn, RemembersWhatIsPreparedUntilItIsForgotten) {
  FakeServer server({[](FakeConnection& peer) {
    if (peer.accept()) peer.hang();
  }});
  asio::io_context context;
  ConnResult conn = connect_to(server, context);
  ASSERT_TRUE(conn);
  std::string name;
  EXPECT_FALSE((*conn)->prepared.find_or_add(7, name));
  std::string again;
  EXPECT_TRUE((*conn)->prepared.find_or_add(7, again));
  EXPECT_EQ(again, name);
  std::string other;
  EXPECT_FALSE((*conn)->prepared.find_or_add(8, other));
  EXPECT_NE(other, name);
  (*conn)->prepared.forget(7);
  EXPECT_FALSE((*conn)->prepared.find_or_add(7, again));
  (*conn)->forget_prepared();
  EXPECT_FALSE((*conn)->prepared.find_or_add(8, again));
}

}  // namespace
}  // namespace tessera::backend
