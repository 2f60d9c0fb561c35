#include "proxy/session/authentication.h"

#include "proxy/session/errors.h"
#include "proxy/wire/backend.h"

namespace tessera::session {
namespace {

using Method = rules::HbaRule::Method;
using Kind = wire::StoredPassword::Kind;

// What a client may send before it has proved who it is.
constexpr std::size_t kAnswerMax = 10'000;
constexpr std::size_t kMd5Salt = 4;

// A password message is one text with its zero byte.
Result<std::string> decode_password(std::string_view body) {
  if (body.empty() || body.find('\0') != body.size() - 1) {
    return errors::login_violation("invalid password packet size");
  }
  if (body.size() == 1) return errors::empty_password();
  return std::string(body.substr(0, body.size() - 1));
}

}  // namespace

Authentication::Authentication(ClientConn& client, std::string user, AccountPtr account)
    : client_(client), user_(std::move(user)), account_(std::move(account)) {}

Kind Authentication::kind() const { return account_ ? account_->password.kind : Kind::kNone; }

Task<Status> Authentication::prove(Method method) {
  if (method == Method::kPassword) {
    auto proved = co_await prove_by_password();
    co_return proved;
  }
  const bool unknown = kind() == Kind::kNone;
  const bool by_md5 = unknown ? !mock_by_scram_ : kind() != Kind::kScram;
  if (method == Method::kMd5 && by_md5) {
    auto proved = co_await prove_by_md5();
    co_return proved;
  }
  auto proved = co_await prove_by_scram();
  co_return proved;
}

// Sends what has been put and gives the body of the client's answer. `expected` names it.
Task<Result<std::string>> Authentication::answer(std::string_view expected) {
  auto asked = co_await client_.flush();
  if (!asked) co_return asked.error();
  auto frame = co_await client_.read(kAnswerMax);
  if (!frame) co_return frame.error();
  if (frame->type != 'p') co_return errors::unexpected_message(expected, frame->type);
  co_return std::string(frame->body);
}

Task<Status> Authentication::prove_by_password() {
  wire::put_authentication_password(client_.out());
  auto body = co_await answer("password");
  if (!body) co_return body.error();
  auto said = decode_password(*body);
  if (!said) co_return said.error();
  const bool right = account_ && wire::is_password(account_->password, user_, *said);
  if (!right) co_return errors::password_failed(user_);
  password_ = std::move(*said);
  co_return Status{};
}

Task<Status> Authentication::prove_by_md5() {
  const std::string salt = wire::random_bytes(kMd5Salt);
  wire::put_authentication_md5(client_.out(), salt);
  auto body = co_await answer("password");
  if (!body) co_return body.error();
  auto said = decode_password(*body);
  if (!said) co_return said.error();
  if (kind() == Kind::kNone) co_return errors::password_failed(user_);
  const std::string stored = kind() == Kind::kMd5
                                 ? account_->password.text
                                 : wire::md5_of_password(account_->password.text, user_);
  const bool right = wire::equal_in_constant_time(*said, wire::md5_answer(stored, salt));
  co_return right ? Status{} : Status{errors::password_failed(user_)};
}

// An md5 hash is no SCRAM verifier: who has only that fails as one who does not exist.
wire::ScramVerifier Authentication::verifier() const {
  const bool known = kind() == Kind::kPlain || kind() == Kind::kScram;
  return known ? account_->password.verifier : wire::mock_verifier(user_);
}

Task<Status> Authentication::prove_by_scram() {
  wire::ScramServer server(verifier());
  server.bind_to(client_.channel_binding());
  wire::put_authentication_sasl(client_.out(), server.mechanisms());
  auto choice = co_await answer("SASL");
  if (!choice) co_return choice.error();
  wire::Reader reader(*choice);
  const std::string_view mechanism = reader.cstring();
  if (!reader.failed()) {
    if (const Status chosen = server.choose(mechanism); !chosen) co_return chosen.error();
  }
  const std::int32_t length = reader.i32();
  const std::string_view response = reader.bytes(length < 0 ? 0 : static_cast<std::size_t>(length));
  if (const Status whole = reader.finish(); !whole) co_return whole.error();
  auto first = server.first(response);
  if (!first) co_return first.error();
  wire::put_authentication_sasl_continue(client_.out(), *first);
  auto proof = co_await answer("SASL");
  if (!proof) co_return proof.error();
  auto final = server.final(*proof);
  if (!final && final.error().sqlstate == "28P01") co_return errors::password_failed(user_);
  if (!final) co_return final.error();
  wire::put_authentication_sasl_final(client_.out(), *final);
  keys_ = server.keys();
  co_return Status{};
}

wire::Secret Authentication::secret() const {
  wire::Secret secret{.password = password_};
  if (keys_) secret.scram = {*keys_};
  if (kind() == Kind::kPlain) secret.password = account_->password.text;
  if (kind() == Kind::kMd5) secret.md5 = account_->password.text;
  return secret;
}

}  // namespace tessera::session
