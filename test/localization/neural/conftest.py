"""Checkpoints with random weights, as small as their libraries allow, saved as the real ones are."""

import sys

import pytest
import torch

from vital_ros.pretrained import torchvision_shim

if sys.version_info < (3, 11):  # the libraries' releases of these pins
    collect_ignore_glob = ["test_*.py"]
else:
    torchvision_shim.prepare()

IMAGE_TOKENS = (
    "<|image|>", "<|video|>", "<im_patch>", "<im_col>", "<im_start>", "<low_res_im_start>", "<frame_start>",
    "<im_end>", "<frame_end>", "<im_low>",
)  # fmt: skip
CHAT = (
    "<|image|>{% for message in messages %}<|im_start|>user\n{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The form of Molmo2's template."""


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def molmo2(tmp_path_factory):
    """Of an answer, the folder of a Molmo2 that gives it to every question, once or without end."""
    made = {}

    def make(answer, ends=True):
        if (answer, ends) not in made:
            made[answer, ends] = save_molmo2(tmp_path_factory.mktemp("molmo2"), answer, ends)
        return made[answer, ends]

    return make


def save_molmo2(folder, answer, ends):
    """Its blocks add nothing, so the next word follows from the last one alone: line end, answer, again or end."""
    import transformers as hf

    torch.manual_seed(0)
    tokenizer = byte_tokenizer((*IMAGE_TOKENS, "<|im_start|>", "<|im_end|>"), answer)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in (*IMAGE_TOKENS, "<|im_end|>", answer)}
    width = 64
    config = hf.Molmo2Config(
        text_config=hf.Molmo2TextConfig(
            vocab_size=len(tokenizer), additional_vocab_size=16, hidden_size=width, intermediate_size=32,
            num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=16,
        ),
        vision_config=hf.Molmo2VisionConfig(
            hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2,
            head_dim=8, image_size=[168, 168],
        ),
        adapter_config=hf.Molmo2AdapterConfig(
            vision_feature_layer=[-1, 0], hidden_size=16, num_attention_heads=2, num_key_value_heads=2, head_dim=8,
            intermediate_size=16, text_hidden_size=width,
        ),
        image_start_token_id=ids["<im_start>"], low_res_image_start_token_id=ids["<low_res_im_start>"],
        image_end_token_id=ids["<im_end>"], image_patch_id=ids["<im_patch>"],
        frame_start_token_id=ids["<frame_start>"], frame_end_token_id=ids["<frame_end>"],
    )  # fmt: skip
    network = hf.Molmo2ForConditionalGeneration(config)
    words = network.model.language_model
    torch.nn.init.normal_(words.embed_tokens.weight)
    torch.nn.init.zeros_(words.layers[0].self_attn.o_proj.weight)
    torch.nn.init.zeros_(words.layers[0].mlp.down_proj.weight)
    (line_end,) = tokenizer.encode("\n")
    torch.nn.init.zeros_(network.lm_head.weight)
    for before, after in ((line_end, answer), (ids[answer], "<|im_end|>" if ends else answer)):
        network.lm_head.weight.data[ids[after]] += words.embed_tokens.weight.data[before]
    network.generation_config.eos_token_id = network.generation_config.pad_token_id = ids["<|im_end|>"]
    network.save_pretrained(folder)
    size = {"height": 168, "width": 168}
    hf.Molmo2Processor(
        hf.Molmo2ImageProcessor(size=size), hf.Molmo2VideoProcessor(size=size), tokenizer, chat_template=CHAT
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def owlv2(tmp_path_factory):
    """Folder of an OWLv2 that sees 4 x 4 patches, each by itself, and knows texts of up to 24 bytes."""
    import transformers as hf

    folder = tmp_path_factory.mktemp("owlv2")
    torch.manual_seed(0)
    tokenizer = byte_tokenizer(("<|im_end|>",))
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"vocab_size": len(tokenizer), "max_position_embeddings": 24, "eos_token_id": tokenizer.eos_token_id}
    config = hf.Owlv2Config(
        text_config={**small, **text}, vision_config={**small, "image_size": 64, "patch_size": 16}, projection_dim=16
    )
    network = hf.Owlv2ForObjectDetection(config)
    (block,) = network.owlv2.vision_model.encoder.layers
    torch.nn.init.zeros_(block.self_attn.out_proj.weight)
    torch.nn.init.zeros_(network.box_head.dense2.weight)
    torch.nn.init.zeros_(network.box_head.dense2.bias)
    network.save_pretrained(folder)
    hf.Owlv2Processor(hf.Owlv2ImageProcessor(size={"height": 64, "width": 64}), tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def grounding_dino(tmp_path_factory):
    """Folder of a Grounding DINO that knows texts of up to 32 words."""
    import transformers as hf

    folder = tmp_path_factory.mktemp("grounding_dino")
    torch.manual_seed(0)
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "a", "plug", "socket")
    (folder / "vocab.txt").write_text("\n".join(words))
    backbone = hf.SwinConfig(
        image_size=64, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 1, 1], window_size=4, out_indices=[2, 3, 4]
    )
    text = hf.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    config = hf.GroundingDinoConfig(
        backbone_config=backbone, text_config=text, num_queries=8, d_model=32, max_text_len=32, encoder_layers=1,
        encoder_ffn_dim=16, encoder_attention_heads=2, decoder_layers=2, decoder_ffn_dim=16, decoder_attention_heads=2,
    )  # fmt: skip
    hf.GroundingDinoForObjectDetection(config).save_pretrained(folder)
    size = {"shortest_edge": 64, "longest_edge": 128}
    tokenizer = hf.BertTokenizerFast(str(folder / "vocab.txt"))
    hf.GroundingDinoProcessor(hf.GroundingDinoImageProcessor(size=size), tokenizer).save_pretrained(folder)
    return folder


def byte_tokenizer(special, *words):
    """One token for every byte, no merges; the special tokens, and `words` as one token each."""
    import transformers as hf
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: index for index, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([*special])
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in words])
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", bos_token="<|im_end|>", pad_token="<|im_end|>"
    )
