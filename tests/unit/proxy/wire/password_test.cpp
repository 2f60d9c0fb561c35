#include "proxy/wire/password.h"

#include <gtest/gtest.h>

namespace tessera::wire {
namespace {

using Kind = StoredPassword::Kind;

// What PostgreSQL 15 stores for user "shop", password "secret".
constexpr std::string_view kMd5 = "md5f433c50293bc7afbe20b67ceb15a1e55";

TEST(Md5, IsWhatPostgresqlStores) {
  // echo -n secretshop | md5sum
  EXPECT_EQ(md5_of_password("secret", "shop"), kMd5);
}

TEST(Md5, AnswersWithTheSaltBehindTheHash) {
  // The documentation: concat('md5', md5(concat(md5(concat(password, username)), random-salt)))
  EXPECT_EQ(md5_answer(kMd5, "abcd"), md5_of_password(kMd5.substr(3), "abcd"));
}

TEST(StoredPassword, IsToldByItsForm) {
  const std::string verifier = verifier_to_text(make_verifier("secret"));
  EXPECT_EQ(stored_password("").kind, Kind::kNone);
  EXPECT_EQ(stored_password("secret").kind, Kind::kPlain);
  EXPECT_EQ(stored_password(kMd5).kind, Kind::kMd5);
  EXPECT_EQ(stored_password(verifier).kind, Kind::kScram);
  EXPECT_EQ(stored_password(verifier + "x").kind, Kind::kPlain);
  EXPECT_EQ(stored_password("md5F433C50293BC7AFBE20B67CEB15A1E55").kind, Kind::kPlain);
  EXPECT_EQ(stored_password("md5").kind, Kind::kPlain);
}

TEST(StoredPassword, OfEachFormKnowsThePassword) {
  const std::string verifier = verifier_to_text(make_verifier("secret"));
  for (const std::string& text : {std::string("secret"), std::string(kMd5), verifier}) {
    const StoredPassword stored = stored_password(text);
    EXPECT_TRUE(is_password(stored, "shop", "secret")) << text;
    EXPECT_FALSE(is_password(stored, "shop", "Secret")) << text;
    EXPECT_FALSE(is_password(stored, "shop", "")) << text;
    EXPECT_FALSE(is_password(stored, "shop", text + "x")) << text;
  }
  EXPECT_FALSE(is_password(stored_password(""), "shop", ""));
}

// What is stored must not serve as the password.
TEST(StoredPassword, IsNotItselfThePassword) {
  EXPECT_FALSE(is_password(stored_password(kMd5), "shop", kMd5));
  const std::string verifier = verifier_to_text(make_verifier("secret"));
  EXPECT_FALSE(is_password(stored_password(verifier), "shop", verifier));
}

}  // namespace
}  // namespace tessera::wire
