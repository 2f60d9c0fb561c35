#include "proxy/wire/scram.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "proxy/wire/base64.h"

namespace tessera::wire {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// RFC 7677, section 3.
constexpr std::string_view kRfcClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kRfcServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kRfcServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kRfcClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kRfcServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

const ScramVerifier& rfc_verifier() {
  static const ScramVerifier verifier =
      make_verifier("pencil", *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  return verifier;
}

ScramServer rfc_server() { return {rfc_verifier(), std::string(kRfcServerNonce)}; }

TEST(ScramClient, SpeaksTheTestVectorOfRfc7677) {
  ScramClient client("pencil", "user", std::string(kRfcClientNonce));
  EXPECT_EQ(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const auto final = client.answer(kRfcServerFirst);
  ASSERT_TRUE(final);
  EXPECT_EQ(*final, kRfcClientFinal);
  EXPECT_TRUE(client.check(kRfcServerFinal));
}

TEST(ScramServer, SpeaksTheTestVectorOfRfc7677) {
  ScramServer server = rfc_server();
  const auto first = server.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, kRfcServerFirst);
  const auto final = server.final(kRfcClientFinal);
  ASSERT_TRUE(final);
  EXPECT_EQ(*final, kRfcServerFinal);
}

Result<std::string> converse(ScramClient& client, ScramServer& server) {
  const auto server_first = server.first(client.first());
  if (!server_first) return server_first.error();
  const auto client_final = client.answer(*server_first);
  if (!client_final) return client_final.error();
  return server.final(*client_final);
}

TEST(Scram, BothSidesAgreeOnARightPassword) {
  for (const std::string& password : {"shop"s, ""s, "with, comma=and \\"s, "\xc3\xa9t\xc3\xa9"s,
                                      "\xff\xfe not UTF-8"s, std::string(300, 'x')}) {
    ScramClient client(password);
    ScramServer server(make_verifier(password));
    const auto final = converse(client, server);
    ASSERT_TRUE(final) << password;
    EXPECT_TRUE(client.check(*final)) << password;
  }
}

TEST(Scram, AWrongPasswordIs28P01) {
  ScramClient client("guess");
  ScramServer server(make_verifier("shop"));
  const auto final = converse(client, server);
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().sqlstate, "28P01");
  EXPECT_TRUE(final.error().fatal);
}

TEST(Scram, AMockVerifierAlwaysFailsAndIsTheSameForTheSameName) {
  EXPECT_EQ(mock_verifier("nobody").salt, mock_verifier("nobody").salt);
  EXPECT_NE(mock_verifier("nobody").salt, mock_verifier("somebody").salt);
  EXPECT_EQ(mock_verifier("nobody").salt.size(), make_verifier("x").salt.size());
  for (const std::string password : {"", "nobody"}) {
    ScramClient client(password);
    ScramServer server(mock_verifier("nobody"));
    const auto final = converse(client, server);
    ASSERT_FALSE(final);
    EXPECT_EQ(final.error().sqlstate, "28P01");
  }
}

TEST(Scram, EverySaltAndNonceIsFresh) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    seen.insert(ScramClient("x").first());
    ScramServer server(rfc_verifier());
    seen.insert(*server.first("n,,n=,r=abc"));
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_NE(make_verifier("x").salt, make_verifier("x").salt);
}

// A server that could name any count would hold up a thread for as long as it likes.
TEST(ScramClient, RefusesToComputeForLong) {
  const std::string first =
      "r="s + std::string(kRfcClientNonce) + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=";
  ScramClient patient("pencil", "user", std::string(kRfcClientNonce));
  EXPECT_TRUE(patient.answer(first + "100000"));
  ScramClient client("pencil", "user", std::string(kRfcClientNonce));
  const auto final = client.answer(first + "100001");
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().sqlstate, "28000");
}

// Role pass-through: the proxy learns the client's key from its proof, and is let in by it.
TEST(Scram, TheKeysOfAConversationOpenAnotherWithTheSameVerifier) {
  const ScramVerifier verifier = make_verifier("secret");
  ScramClient client("secret");
  ScramServer proxy(verifier);
  ASSERT_TRUE(converse(client, proxy));
  ScramClient second("", {proxy.keys()});
  ScramServer server(verifier);
  const auto final = converse(second, server);
  ASSERT_TRUE(final);
  EXPECT_TRUE(second.check(*final));
}

TEST(ScramClient, WithKeysAloneRefusesAnotherSalt) {
  ScramClient client("secret");
  ScramServer proxy(make_verifier("secret"));
  ASSERT_TRUE(converse(client, proxy));
  ScramClient second("", {proxy.keys()});
  ScramServer server(make_verifier("secret"));
  const auto final = converse(second, server);
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().sqlstate, "28000");
}

TEST(ScramClient, KeepsAKeyForEachServer) {
  const ScramVerifier one = make_verifier("secret");
  const ScramVerifier other = make_verifier("secret");
  std::vector<ScramKeys> keys;
  for (const ScramVerifier& verifier : {one, other, one, other}) {
    ScramClient client("secret", keys);
    ScramServer server(verifier);
    ASSERT_TRUE(converse(client, server));
    keys = client.keys();
  }
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].salt, one.salt);
  EXPECT_EQ(keys[1].salt, other.salt);
}

TEST(ScramClient, RefusesANonceThatDoesNotBeginWithItsOwn) {
  for (const char* nonce : {"other", "rOprNGfwEbeRWgbNEkq", "rOprNGfwEbeRWgbNEkqO"}) {
    ScramClient client("pencil", "user", std::string(kRfcClientNonce));
    const auto final = client.answer("r="s + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    ASSERT_FALSE(final) << nonce;
    EXPECT_EQ(final.error().sqlstate, "28000");
  }
}

TEST(ScramClient, RefusesEveryCutOfTheServersFirstMessage) {
  // One that is cut inside the iteration count is a message of its own.
  const std::size_t count = kRfcServerFirst.find("i=") + 2;
  for (std::size_t cut = 0; cut <= count; ++cut) {
    ScramClient client("pencil", "user", std::string(kRfcClientNonce));
    EXPECT_FALSE(client.answer(kRfcServerFirst.substr(0, cut))) << cut;
  }
}

TEST(ScramClient, RefusesImpossibleIterationsAndSalts) {
  const std::string nonce = "r=" + std::string(kRfcClientNonce) + "server";
  for (const char* rest : {",s=AAAA,i=0", ",s=AAAA,i=-1", ",s=AAAA,i=1x", ",s=AAAA,i=99999999999",
                           ",s=,i=4096", ",s=***,i=4096", ",i=4096,s=AAAA"}) {
    ScramClient client("pencil", "user", std::string(kRfcClientNonce));
    const auto final = client.answer(nonce + rest);
    ASSERT_FALSE(final) << rest;
    EXPECT_EQ(final.error().sqlstate, "08P01") << rest;
  }
}

TEST(ScramClient, RefusesAServerThatDoesNotKnowThePassword) {
  ScramClient client("pencil", "user", std::string(kRfcClientNonce));
  EXPECT_FALSE(client.check(kRfcServerFinal)) << "before the conversation";
  ASSERT_TRUE(client.answer(kRfcServerFirst));
  const Status forged = client.check("v=" + base64(std::string(32, 'x')));
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error().sqlstate, "28000");
  EXPECT_EQ(client.check("e=other-error").error().message,
            "error received from server in SCRAM exchange: other-error");
  EXPECT_EQ(client.check("").error().sqlstate, "08P01");
  EXPECT_EQ(client.check("v=!").error().sqlstate, "08P01");
}

struct BadFirst {
  const char* message;
  const char* sqlstate;
  const char* text;  // message, or detail where that says more
};

TEST(ScramServer, WordsABadFirstMessageAsPostgresqlDoes) {
  const BadFirst cases[] = {
      {"", "08P01", "The message is empty."},
      {"p=tls-unique,,n=,r=abc", "08P01",
       "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes "
       "channel binding data."},
      {"x,,n=,r=abc", "08P01", "Unexpected channel-binding flag \"x\"."},
      {"nn,n=,r=abc", "08P01", "Comma expected, but found character \"n\"."},
      {"n,a=me,n=,r=abc", "0A000", "client uses authorization identity, but it is not supported"},
      {"n,x,n=,r=abc", "08P01", "Unexpected attribute \"x\" in client-first-message."},
      {"n,,m=,n=,r=abc", "0A000", "client requires an unsupported SCRAM extension"},
      {"n,,", "08P01", "Expected attribute \"n\" but found \"0x00\"."},
      {"n,,n", "08P01", "Expected character \"=\" for attribute \"n\"."},
      {"n,,n=,x=abc", "08P01", "Expected attribute \"r\" but found \"x\"."},
      {"n,,n=,r=a b", "08P01", "non-printable characters in SCRAM nonce"},
      {"n,,n=,r=abc,1=x", "08P01", "Attribute expected, but found invalid character \"1\"."},
  };
  for (const BadFirst& bad : cases) {
    ScramServer server = rfc_server();
    const auto first = server.first(bad.message);
    ASSERT_FALSE(first) << bad.message;
    EXPECT_EQ(first.error().sqlstate, bad.sqlstate) << bad.message;
    const Error& error = first.error();
    EXPECT_EQ(error.detail.empty() ? error.message : error.detail, bad.text) << bad.message;
  }
  ScramServer server = rfc_server();
  EXPECT_FALSE(server.first("n,,n=,r=a\0b"s));
}

TEST(ScramServer, TakesClientsThatCouldBindAndOptionalExtensions) {
  ScramServer server = rfc_server();
  EXPECT_TRUE(server.first("y,,n=,r=abc,x=optional"));
}

// What a server says of a TLS connection whose certificate has the hash "hash".
ScramServer bound_server(std::string_view mechanism) {
  ScramServer server(rfc_verifier());
  server.bind_to("hash");
  EXPECT_TRUE(server.choose(mechanism));
  return server;
}

constexpr std::string_view kBothOffered = "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"sv;
constexpr std::string_view kPlainOffered = "SCRAM-SHA-256\0\0"sv;

TEST(ScramPlus, IsOfferedAndChosenWhereThereIsACertificate) {
  ScramServer server(rfc_verifier());
  EXPECT_EQ(server.mechanisms(), std::vector{"SCRAM-SHA-256"sv});
  EXPECT_EQ(server.choose("SCRAM-SHA-256-PLUS").error().sqlstate, "08P01");
  server.bind_to("hash");
  EXPECT_EQ(server.mechanisms(), (std::vector{"SCRAM-SHA-256-PLUS"sv, "SCRAM-SHA-256"sv}));

  ScramClient client("pencil");
  EXPECT_EQ(*client.choose(kBothOffered, ChannelBinding::kPrefer, "hash"), "SCRAM-SHA-256-PLUS");
  EXPECT_TRUE(client.first().starts_with("p=tls-server-end-point,,n=,r="));
}

TEST(ScramPlus, BothSidesAgreeOnTheirChannel) {
  ScramServer server = bound_server("SCRAM-SHA-256-PLUS");
  ScramClient client("pencil");
  ASSERT_TRUE(client.choose(kBothOffered, ChannelBinding::kRequire, "hash"));
  const auto final = converse(client, server);
  ASSERT_TRUE(final) << final.error().message;
  EXPECT_TRUE(client.check(*final));
  EXPECT_TRUE(client.bound());
}

// Whoever stands between the two shows another certificate.
TEST(ScramPlus, AnotherChannelIs28000) {
  ScramServer server = bound_server("SCRAM-SHA-256-PLUS");
  ScramClient client("pencil");
  ASSERT_TRUE(client.choose(kBothOffered, ChannelBinding::kPrefer, "another"));
  const auto final = converse(client, server);
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().sqlstate, "28000");
  EXPECT_EQ(final.error().message, "SCRAM channel binding check failed");
}

// Whoever stands between the two has taken -PLUS off the list.
TEST(ScramPlus, AClientThatWasNotToldOfItIs28000) {
  ScramServer server = bound_server("SCRAM-SHA-256");
  ScramClient client("pencil");
  ASSERT_TRUE(client.choose(kPlainOffered, ChannelBinding::kPrefer, "hash"));
  EXPECT_TRUE(client.first().starts_with("y,,"));
  const auto final = converse(client, server);
  ASSERT_FALSE(final);
  EXPECT_EQ(final.error().sqlstate, "28000");
  EXPECT_EQ(final.error().message, "SCRAM channel binding negotiation error");
}

TEST(ScramPlus, IsNotUsedWhereItIsNotWanted) {
  ScramServer server = bound_server("SCRAM-SHA-256");
  ScramClient client("pencil");
  ASSERT_EQ(*client.choose(kBothOffered, ChannelBinding::kDisable, "hash"), "SCRAM-SHA-256");
  EXPECT_TRUE(client.first().starts_with("n,,"));
  EXPECT_TRUE(converse(client, server));
  EXPECT_FALSE(client.bound());
}

TEST(ScramPlus, AFlagThatDoesNotFitTheMechanismIs08P01) {
  const std::vector<std::pair<std::string_view, std::string_view>> faults{
      {"SCRAM-SHA-256-PLUS", "n,,n=,r=x"},
      {"SCRAM-SHA-256-PLUS", "y,,n=,r=x"},
      {"SCRAM-SHA-256-PLUS", "p=tls-unique,,n=,r=x"},
      {"SCRAM-SHA-256-PLUS", "p,,n=,r=x"},
      {"SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=x"}};
  for (const auto& [mechanism, first] : faults) {
    ScramServer server = bound_server(mechanism);
    const auto answer = server.first(first);
    ASSERT_FALSE(answer) << first;
    EXPECT_EQ(answer.error().sqlstate, "08P01") << first;
  }
}

TEST(ScramPlus, ARequiredBindingThatCannotBeIsRefusedInLibpqsWords) {
  ScramClient client("pencil");
  EXPECT_EQ(client.choose(kPlainOffered, ChannelBinding::kRequire, "hash").error().message,
            "channel binding is required, but server did not offer an authentication method that "
            "supports channel binding");
  EXPECT_EQ(client.choose(kBothOffered, ChannelBinding::kRequire, "").error().message,
            "channel binding required, but SSL not in use");
  EXPECT_EQ(client.choose("PLAIN\0\0"sv, ChannelBinding::kPrefer, "").error().sqlstate, "28000");
}

TEST(ScramServer, RefusesATamperedFinalMessage) {
  const std::string final(kRfcClientFinal);
  std::vector<std::string> tampered = {
      "", final + ",x=y", final.substr(0, final.size() - 4), "c=eSws" + final.substr(6),
      "c=biws,r=other,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="};
  std::string nonce = final;
  nonce[30] = 'X';
  tampered.push_back(nonce);
  std::string proof = final;
  proof[final.find("p=") + 5] = 'X';
  tampered.push_back(proof);
  for (const std::string& message : tampered) {
    ScramServer server = rfc_server();
    ASSERT_TRUE(server.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    EXPECT_FALSE(server.final(message)) << message;
  }
}

TEST(ScramServer, RefusesEveryCutOfTheFinalMessage) {
  for (std::size_t cut = 0; cut < kRfcClientFinal.size(); ++cut) {
    ScramServer server = rfc_server();
    ASSERT_TRUE(server.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    EXPECT_FALSE(server.final(kRfcClientFinal.substr(0, cut))) << cut;
  }
}

TEST(Scram, SurvivesRandomMessages) {
  constexpr std::string_view kLetters = "nrsipcvaey=,,,==1234+/A\x80";
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string message(random() % 24, '\0');
    for (char& c : message) c = kLetters[random() % kLetters.size()];
    ScramServer server = rfc_server();
    (void)server.first(message);
    (void)server.final(message);
    (void)ScramClient("x", "", "nr").check(message);
    (void)verifier_from_text("SCRAM-SHA-256$" + message);
  }
}

struct Prepared {
  const char* password;
  const char* verifier;  // as PostgreSQL 15 wrote it into pg_authid
};

TEST(Verifier, IsTheOneThatPostgresqlMakesOfThePassword) {
  const Prepared cases[] = {
      // ASCII.
      {"pencil",
       "SCRAM-SHA-256$4096:fV8TXbLGpk7kZ3YwTYatZQ==$BNlq4MsweN2ryyTkn5sY8lizzrvj0uLpT0FV21FF/DM=:"
       "LdQhTjVen1Mz6T5FyWoyjL4fXAkyC0OjbSRXd+/thw0="},
      // A soft hyphen, which is mapped to nothing, and two compatibility characters.
      {"I\u00adX p\u00aa\u2168",
       "SCRAM-SHA-256$4096:Z/Wzf5VgqqJx7lXODpOJSg==$XkvV/SgLcGXnT8BTly7/tCQ9t7HfLnQatSpDh2VOLog=:"
       "y2IFDZM9c1VmpHcySx9bep0aEidLAJl+p45rUAZWyZg="},
      // A no-break space and the angstrom sign.
      {"\u00e9\u00a0\u212bngstr\u00f6m",
       "SCRAM-SHA-256$4096:+C1wHyv0e/k5LYgcduqDbA==$V0YHWQQwlFZ/fep3vGVVnTbz0it/FlmXtaW6kbORXyw=:"
       "PiE4bqAX527+kFLGBx5Bxfz6C7KuNSozGtIqiMxMu24="},
      // Forbidden mixtures of directions, unassigned and control characters: taken as they are.
      {"\u0627\x31",
       "SCRAM-SHA-256$4096:SDln/tUJi8FdjCyiCCjdjA==$LI88Ke06LTe8i62obR00rse8HUroe4x7pta3134a7uQ=:"
       "kednRdfwjmxSiFpryf771unUR8a6z/wNOZX7yMa0U6Q="},
      {"\u0221x",
       "SCRAM-SHA-256$4096:kVYr4fB/glNXrPlNRdpiAA==$ZQ2WfIyyvxktzTzxZTTgXa5+8WRjDlI6Po6/jBjTWsc=:"
       "cPcUNj+Wsa+A4jFz5V2SQBlzIoe3ZVKF0nVyGWt02j8="},
      {"tab\x07\u00e9",
       "SCRAM-SHA-256$4096:4q4GzTKxFrkHd++Zepcahw==$85ik8wtsThhvOKBPL6Kt97V8+rcO6WacFR5JdbQzFIY=:"
       "WoAxxRglLvsQl8EAhq7jjgkNd3y1iKKLMWKAhSjx96M="},
  };
  for (const Prepared& prepared : cases) {
    const auto verifier = verifier_from_text(prepared.verifier);
    ASSERT_TRUE(verifier) << prepared.verifier;
    const ScramVerifier made =
        make_verifier(prepared.password, verifier->salt, verifier->iterations);
    EXPECT_EQ(verifier_to_text(made), prepared.verifier) << prepared.password;
  }
}

TEST(Verifier, RefusesTextThatIsNotOne) {
  const std::string whole = verifier_to_text(rfc_verifier());
  EXPECT_TRUE(verifier_from_text(whole));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto verifier = verifier_from_text(whole.substr(0, cut));
    ASSERT_FALSE(verifier) << cut;
    EXPECT_EQ(verifier.error().sqlstate, "22023");
  }
  EXPECT_FALSE(verifier_from_text(whole + "="));
  EXPECT_FALSE(verifier_from_text("md5" + whole));
}

TEST(Saslprep, LeavesAsciiAndWhatItCannotPrepare) {
  EXPECT_EQ(saslprep("plain \t\x7f"), "plain \t\x7f");
  EXPECT_EQ(saslprep("\xc3\x28"), "\xc3\x28");
  EXPECT_EQ(saslprep("\u00ad"), "\u00ad") << "nothing would be left of it";
  EXPECT_EQ(saslprep("\u3000"), " ");
  EXPECT_EQ(saslprep("\u2168"), "IX");
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes) << i;
    EXPECT_EQ(base64(bytes).size() % 4, 0U);
    bytes.push_back(static_cast<char>(37 * i));
  }
  EXPECT_EQ(base64("light work."), "bGlnaHQgd29yay4=");
}

TEST(Base64, RefusesWhatIsNot) {
  for (const char* text : {"A", "AA", "AAA", "A===", "AA=A", "=AAA", "AA A", "AAA\n", "AA-_"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tessera::wire
