#include "parser/antlr/grammar.h"

#include "PostgreSqlParser.h"
#include "parser/antlr/builder.h"
#include "parser/antlr/sentence.h"
#include "parser/antlr/token_stream.h"
#include "parser/antlr/token_types.h"

namespace tessera::parser::antlr {
namespace {

// Leaves at the first error, and notes where it is, without composing a message that nobody reads.
class BailOut final : public antlr4::BailErrorStrategy {
 public:
  void reportError(antlr4::Parser*, const antlr4::RecognitionException& error) override {
    if (error.getOffendingToken() != nullptr) fault = error.getOffendingToken()->getTokenIndex();
  }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    fault = parser->getCurrentToken()->getTokenIndex();
    return BailErrorStrategy::recoverInline(parser);
  }

  std::size_t fault = 0;
};

// The parser of one thread, reused; all threads share its prediction cache.
class Engine {
 public:
  Engine() {
    parser_.removeErrorListeners();
    parser_.setErrorHandler(bail_out_);
  }

  void assign(const std::vector<TypedToken>& tokens) {
    stream_.assign(tokens);
    parser_.setTokenStream(&stream_);
  }

  // The tree lives until the next call of parse() or clear(). Null: not a sentence of the grammar.
  PostgreSqlParser::RootContext* parse(antlr4::atn::PredictionMode mode) {
    stream_.seek(0);
    parser_.reset();
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    try {
      return parser_.root();
    } catch (const antlr4::ParseCancellationException&) {
      return nullptr;
    }
  }

  // The token at which the last parse that failed did so.
  [[nodiscard]] TokenIndex fault() const { return static_cast<TokenIndex>(bail_out_->fault); }

  void clear() { parser_.reset(); }

 private:
  TokenStream stream_;
  PostgreSqlParser parser_{&stream_};
  std::shared_ptr<BailOut> bail_out_ = std::make_shared<BailOut>();
};

}  // namespace

Result<Stage> parse_by_grammar(ParsedStatement::Storage& storage) {
  thread_local std::vector<TypedToken> tokens;
  const Status typed = type_tokens(storage, tokens);
  if (!typed) return typed.error();

  thread_local Engine engine;
  engine.assign(tokens);
  Stage stage = Stage::kSll;
  PostgreSqlParser::RootContext* tree = engine.parse(antlr4::atn::PredictionMode::SLL);
  if (tree == nullptr) {
    stage = Stage::kLl;
    tree = engine.parse(antlr4::atn::PredictionMode::LL);
  }
  if (tree == nullptr) {
    storage.fault = engine.fault();
    engine.clear();
    return Stage::kUnknown;
  }
  storage.fault = broken_rule(storage, *tree);
  if (!storage.fault) Builder(storage).build(*tree->statement());
  engine.clear();
  return storage.verdict == Verdict::kUnknown ? Stage::kUnknown : stage;
}

}  // namespace tessera::parser::antlr
