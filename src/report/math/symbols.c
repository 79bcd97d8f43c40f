/* The symbols of the formulas' TeX, by name. */
#include <string.h>

#include "report/math/formula.h"

static const cn__symbol symbols[] = {
    /* Greek */
    {"alpha", "α", CN_ATOM_IDENTIFIER, false},
    {"beta", "β", CN_ATOM_IDENTIFIER, false},
    {"gamma", "γ", CN_ATOM_IDENTIFIER, false},
    {"delta", "δ", CN_ATOM_IDENTIFIER, false},
    {"epsilon", "ϵ", CN_ATOM_IDENTIFIER, false},
    {"varepsilon", "ε", CN_ATOM_IDENTIFIER, false},
    {"zeta", "ζ", CN_ATOM_IDENTIFIER, false},
    {"eta", "η", CN_ATOM_IDENTIFIER, false},
    {"theta", "θ", CN_ATOM_IDENTIFIER, false},
    {"vartheta", "ϑ", CN_ATOM_IDENTIFIER, false},
    {"iota", "ι", CN_ATOM_IDENTIFIER, false},
    {"kappa", "κ", CN_ATOM_IDENTIFIER, false},
    {"lambda", "λ", CN_ATOM_IDENTIFIER, false},
    {"mu", "μ", CN_ATOM_IDENTIFIER, false},
    {"nu", "ν", CN_ATOM_IDENTIFIER, false},
    {"xi", "ξ", CN_ATOM_IDENTIFIER, false},
    {"pi", "π", CN_ATOM_IDENTIFIER, false},
    {"rho", "ρ", CN_ATOM_IDENTIFIER, false},
    {"sigma", "σ", CN_ATOM_IDENTIFIER, false},
    {"tau", "τ", CN_ATOM_IDENTIFIER, false},
    {"upsilon", "υ", CN_ATOM_IDENTIFIER, false},
    {"phi", "ϕ", CN_ATOM_IDENTIFIER, false},
    {"varphi", "φ", CN_ATOM_IDENTIFIER, false},
    {"chi", "χ", CN_ATOM_IDENTIFIER, false},
    {"psi", "ψ", CN_ATOM_IDENTIFIER, false},
    {"omega", "ω", CN_ATOM_IDENTIFIER, false},
    {"Gamma", "Γ", CN_ATOM_ORDINARY, false},
    {"Delta", "Δ", CN_ATOM_ORDINARY, false},
    {"Theta", "Θ", CN_ATOM_ORDINARY, false},
    {"Lambda", "Λ", CN_ATOM_ORDINARY, false},
    {"Xi", "Ξ", CN_ATOM_ORDINARY, false},
    {"Pi", "Π", CN_ATOM_ORDINARY, false},
    {"Sigma", "Σ", CN_ATOM_ORDINARY, false},
    {"Phi", "Φ", CN_ATOM_ORDINARY, false},
    {"Psi", "Ψ", CN_ATOM_ORDINARY, false},
    {"Omega", "Ω", CN_ATOM_ORDINARY, false},
    {"ell", "ℓ", CN_ATOM_IDENTIFIER, false},
    {"hbar", "ℏ", CN_ATOM_IDENTIFIER, false},
    /* signs */
    {"infty", "∞", CN_ATOM_ORDINARY, false},
    {"partial", "∂", CN_ATOM_ORDINARY, false},
    {"nabla", "∇", CN_ATOM_ORDINARY, false},
    {"forall", "∀", CN_ATOM_ORDINARY, false},
    {"exists", "∃", CN_ATOM_ORDINARY, false},
    {"emptyset", "∅", CN_ATOM_ORDINARY, false},
    {"prime", "′", CN_ATOM_ORDINARY, false},
    {"top", "⊤", CN_ATOM_ORDINARY, false},
    {"bot", "⊥", CN_ATOM_ORDINARY, false},
    {"ldots", "…", CN_ATOM_ORDINARY, false},
    {"dots", "…", CN_ATOM_ORDINARY, false},
    {"cdots", "⋯", CN_ATOM_ORDINARY, false},
    {"vdots", "⋮", CN_ATOM_ORDINARY, false},
    {"ddots", "⋱", CN_ATOM_ORDINARY, false},
    {"%", "%", CN_ATOM_ORDINARY, false},
    {"$", "$", CN_ATOM_ORDINARY, false},
    {"#", "#", CN_ATOM_ORDINARY, false},
    {"&", "&", CN_ATOM_ORDINARY, false},
    {"_", "_", CN_ATOM_ORDINARY, false},
    /* between terms */
    {"cdot", "⋅", CN_ATOM_BINARY, false},
    {"times", "×", CN_ATOM_BINARY, false},
    {"div", "÷", CN_ATOM_BINARY, false},
    {"pm", "±", CN_ATOM_BINARY, false},
    {"mp", "∓", CN_ATOM_BINARY, false},
    {"ast", "∗", CN_ATOM_BINARY, false},
    {"star", "⋆", CN_ATOM_BINARY, false},
    {"circ", "∘", CN_ATOM_BINARY, false},
    {"odot", "⊙", CN_ATOM_BINARY, false},
    {"oplus", "⊕", CN_ATOM_BINARY, false},
    {"otimes", "⊗", CN_ATOM_BINARY, false},
    {"cup", "∪", CN_ATOM_BINARY, false},
    {"cap", "∩", CN_ATOM_BINARY, false},
    {"setminus", "∖", CN_ATOM_BINARY, false},
    {"land", "∧", CN_ATOM_BINARY, false},
    {"lor", "∨", CN_ATOM_BINARY, false},
    /* relations */
    {"le", "≤", CN_ATOM_RELATION, false},
    {"leq", "≤", CN_ATOM_RELATION, false},
    {"ge", "≥", CN_ATOM_RELATION, false},
    {"geq", "≥", CN_ATOM_RELATION, false},
    {"ne", "≠", CN_ATOM_RELATION, false},
    {"neq", "≠", CN_ATOM_RELATION, false},
    {"ll", "≪", CN_ATOM_RELATION, false},
    {"gg", "≫", CN_ATOM_RELATION, false},
    {"approx", "≈", CN_ATOM_RELATION, false},
    {"sim", "∼", CN_ATOM_RELATION, false},
    {"simeq", "≃", CN_ATOM_RELATION, false},
    {"equiv", "≡", CN_ATOM_RELATION, false},
    {"propto", "∝", CN_ATOM_RELATION, false},
    {"in", "∈", CN_ATOM_RELATION, false},
    {"notin", "∉", CN_ATOM_RELATION, false},
    {"subset", "⊂", CN_ATOM_RELATION, false},
    {"subseteq", "⊆", CN_ATOM_RELATION, false},
    {"mid", "∣", CN_ATOM_RELATION, false},
    {"parallel", "∥", CN_ATOM_RELATION, false},
    {"perp", "⟂", CN_ATOM_RELATION, false},
    {"to", "→", CN_ATOM_RELATION, false},
    {"rightarrow", "→", CN_ATOM_RELATION, false},
    {"leftarrow", "←", CN_ATOM_RELATION, false},
    {"gets", "←", CN_ATOM_RELATION, false},
    {"leftrightarrow", "↔", CN_ATOM_RELATION, false},
    {"Rightarrow", "⇒", CN_ATOM_RELATION, false},
    {"Leftarrow", "⇐", CN_ATOM_RELATION, false},
    {"Leftrightarrow", "⇔", CN_ATOM_RELATION, false},
    {"implies", "⇒", CN_ATOM_RELATION, false},
    {"iff", "⇔", CN_ATOM_RELATION, false},
    {"mapsto", "↦", CN_ATOM_RELATION, false},
    /* brackets */
    {"{", "{", CN_ATOM_OPEN, false},
    {"}", "}", CN_ATOM_CLOSE, false},
    {"lbrace", "{", CN_ATOM_OPEN, false},
    {"rbrace", "}", CN_ATOM_CLOSE, false},
    {"langle", "⟨", CN_ATOM_OPEN, false},
    {"rangle", "⟩", CN_ATOM_CLOSE, false},
    {"lfloor", "⌊", CN_ATOM_OPEN, false},
    {"rfloor", "⌋", CN_ATOM_CLOSE, false},
    {"lceil", "⌈", CN_ATOM_OPEN, false},
    {"rceil", "⌉", CN_ATOM_CLOSE, false},
    {"lVert", "‖", CN_ATOM_OPEN, false},
    {"rVert", "‖", CN_ATOM_CLOSE, false},
    {"lvert", "|", CN_ATOM_OPEN, false},
    {"rvert", "|", CN_ATOM_CLOSE, false},
    {"|", "‖", CN_ATOM_ORDINARY, false},
    {"Vert", "‖", CN_ATOM_ORDINARY, false},
    {"vert", "|", CN_ATOM_ORDINARY, false},
    /* sums */
    {"sum", "∑", CN_ATOM_LARGE, true},
    {"prod", "∏", CN_ATOM_LARGE, true},
    {"bigcup", "⋃", CN_ATOM_LARGE, true},
    {"bigcap", "⋂", CN_ATOM_LARGE, true},
    {"int", "∫", CN_ATOM_LARGE, false},
    {"oint", "∮", CN_ATOM_LARGE, false},
    /* functions */
    {"log", "log", CN_ATOM_FUNCTION, false},
    {"ln", "ln", CN_ATOM_FUNCTION, false},
    {"exp", "exp", CN_ATOM_FUNCTION, false},
    {"sin", "sin", CN_ATOM_FUNCTION, false},
    {"cos", "cos", CN_ATOM_FUNCTION, false},
    {"tan", "tan", CN_ATOM_FUNCTION, false},
    {"sinh", "sinh", CN_ATOM_FUNCTION, false},
    {"cosh", "cosh", CN_ATOM_FUNCTION, false},
    {"tanh", "tanh", CN_ATOM_FUNCTION, false},
    {"arctan", "arctan", CN_ATOM_FUNCTION, false},
    {"dim", "dim", CN_ATOM_FUNCTION, false},
    {"ker", "ker", CN_ATOM_FUNCTION, false},
    {"det", "det", CN_ATOM_FUNCTION, true},
    {"Pr", "Pr", CN_ATOM_FUNCTION, true},
    {"max", "max", CN_ATOM_FUNCTION, true},
    {"min", "min", CN_ATOM_FUNCTION, true},
    {"sup", "sup", CN_ATOM_FUNCTION, true},
    {"inf", "inf", CN_ATOM_FUNCTION, true},
    {"lim", "lim", CN_ATOM_FUNCTION, true},
    {"argmax", "arg max", CN_ATOM_FUNCTION, true},
    {"argmin", "arg min", CN_ATOM_FUNCTION, true},
};
enum { SYMBOLS = sizeof symbols / sizeof *symbols };

const cn__symbol *cn__symbol_find(const char *name)
{
    for (size_t i = 0; i < SYMBOLS; i++)
        if (strcmp(symbols[i].name, name) == 0) return &symbols[i];
    return NULL;
}

/* Commands that take arguments are named by tex.c; they are near to a mistyped word, too. */
const char *const *cn__symbol_names(size_t *count)
{
    static const char *const commands[] = {"frac",         "sqrt",     "left",   "right",   "text",
                                           "mathrm",       "mathbf",   "mathbb", "mathcal", "boldsymbol",
                                           "operatorname", "hat",      "bar",    "tilde",   "vec",
                                           "dot",          "overline", "begin",  "end"};
    enum { COMMANDS = sizeof commands / sizeof *commands };
    static _Thread_local const char *own[SYMBOLS + COMMANDS];
    for (size_t i = 0; i < SYMBOLS; i++) own[i] = symbols[i].name;
    for (size_t i = 0; i < COMMANDS; i++) own[SYMBOLS + i] = commands[i];
    *count = SYMBOLS + COMMANDS;
    return own;
}

const char *cn__symbol_letter(char style, char letter)
{
    static const char *const struck[] = {"𝔸", "𝔹", "ℂ", "𝔻", "𝔼", "𝔽", "𝔾", "ℍ", "𝕀", "𝕁", "𝕂", "𝕃", "𝕄",
                                         "ℕ", "𝕆", "ℙ", "ℚ", "ℝ", "𝕊", "𝕋", "𝕌", "𝕍", "𝕎", "𝕏", "𝕐", "ℤ"};
    static const char *const script[] = {"𝒜", "ℬ", "𝒞", "𝒟", "ℰ", "ℱ", "𝒢", "ℋ", "ℐ", "𝒥", "𝒦", "ℒ", "ℳ",
                                         "𝒩", "𝒪", "𝒫", "𝒬", "ℛ", "𝒮", "𝒯", "𝒰", "𝒱", "𝒲", "𝒳", "𝒴", "𝒵"};
    if (letter < 'A' || letter > 'Z') return NULL;
    const size_t at = (size_t)(letter - 'A');
    return style == 'b' ? struck[at] : script[at];
}
