#pragma once
// Stands before ANTLR's header of the same name, which generated parsers include: that one pulls in
// a reader of interpreter files which clang cannot compile, and much else that a parser has no use
// for.

#include <BailErrorStrategy.h>
#include <Exceptions.h>
#include <FailedPredicateException.h>
#include <NoViableAltException.h>
#include <Parser.h>
#include <ParserRuleContext.h>
#include <RecognitionException.h>
#include <Token.h>
#include <TokenStream.h>
#include <Vocabulary.h>
#include <antlr4-common.h>
#include <atn/ATN.h>
#include <atn/ATNDeserializer.h>
#include <atn/ParserATNSimulator.h>
#include <atn/PredictionMode.h>
#include <dfa/DFA.h>
#include <misc/Interval.h>
#include <support/CPPUtils.h>
#include <tree/ErrorNode.h>
#include <tree/ParseTree.h>
#include <tree/TerminalNode.h>
