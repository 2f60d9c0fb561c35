#include "proxy/backend/role.h"

#include <fmt/format.h>

#include "proxy/wire/frontend.h"

namespace tessera::backend {

void Role::learn(const wire::Secret& newer) {
  const bool keys = !newer.scram.empty();
  // A password makes all keys again; keys that were computed from the same one stay good.
  if (!newer.password.empty() && newer.password != secret.password) secret = newer;
  if (!secret.password.empty() && newer.password.empty() && keys) secret = newer;
  if (secret.password.empty() && keys) secret.scram = newer.scram;
  if (!newer.md5.empty()) secret.md5 = newer.md5;
}

void Role::keep_keys(const std::string& password, const std::vector<wire::ScramKeys>& keys) {
  if (!password.empty() && password == secret.password) secret.scram = keys;
}

RolePtr role_of(const rules::DataSource& source) {
  return std::make_shared<Role>(Role{source.username, {.password = source.password}});
}

Error cannot_log_in(const rules::DataSource& source, const Role& role, std::string_view why) {
  return Error{
      .sqlstate = "28000",
      .message =
          fmt::format("cannot log in to data source \"{}\" as role \"{}\"", source.name, role.name),
      .detail = std::string(why),
      .hint =
          "The proxy logs in by a password, or by what its client has proved itself by where the "
          "server has stored the same."};
}

Status put_md5_answer(const Role& role, const rules::DataSource& source, std::string_view salt,
                      std::string& out) {
  const wire::Secret& secret = role.secret;
  if (secret.password.empty() && secret.md5.empty()) {
    return cannot_log_in(
        source, role,
        "The server asks for an md5 password; neither that nor the password itself is known.");
  }
  const std::string stored =
      secret.password.empty() ? secret.md5 : wire::md5_of_password(secret.password, role.name);
  // With its zero byte, as every password message but those of SASL.
  std::string answer = wire::md5_answer(stored, salt);
  answer.push_back('\0');
  wire::put_password(out, answer);
  return {};
}

}  // namespace tessera::backend
