"""Classic networks, written by hand in PyTorch, with the starts that their authors give them."""

from itertools import pairwise
from math import sqrt

import torch
from clinic.cases import Batch, F, Healthy, images, labels
from torch import nn

N, FEATURES, CLASSES = 64, 20, 5


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*(shape or (N, FEATURES)))


def classes(samples: int = N) -> torch.Tensor:
    return labels(samples, CLASSES)


def perceptron(*sizes: int, bend=nn.ReLU) -> nn.Sequential:
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), bend()]
    return nn.Sequential(*layers[:-1])


class Made(nn.Module):
    """A module of parts by name, and a function of it and its input."""

    def __init__(self, forward, **parts):
        super().__init__()
        self._way = forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs):
        return self._way(self, *inputs)


# Perceptrons, and what is done to their layers.


def regression() -> Batch:
    X = numbers()
    return Batch(perceptron(FEATURES, 64, 64, 1), X, torch.sin(X[:, :1]))


def yes_or_no() -> Batch:
    X = numbers()
    y = (X[:, :1] > 0).float()
    return Batch(
        perceptron(FEATURES, 32, 1, bend=nn.Tanh), X, y, "binary_cross_entropy_with_logits"
    )


def with_norms() -> Batch:
    sizes = ((FEATURES, 64), (64, 64), (64, 64))
    blocks = [nn.Sequential(nn.Linear(*s), nn.BatchNorm1d(64), nn.ReLU()) for s in sizes]
    return Batch(nn.Sequential(*blocks, nn.Dropout(), nn.Linear(64, CLASSES)), numbers(), classes())


def self_normalising() -> Batch:
    model = perceptron(FEATURES, *[64] * 8, CLASSES, bend=nn.SELU)
    for layer in model[::2]:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
        nn.init.zeros_(layer.bias)
    return Batch(model, numbers(), classes())


def orthogonal() -> Batch:
    model = perceptron(FEATURES, *[64] * 6, CLASSES, bend=nn.Tanh)
    for layer in model[::2]:
        nn.init.orthogonal_(layer.weight)
    return Batch(model, numbers(), classes())


def rezero() -> Batch:
    gates = nn.ParameterList(nn.Parameter(torch.zeros(())) for _ in range(8))
    hidden = nn.ModuleList(nn.Linear(32, 32) for _ in range(8))

    def forward(net, x):
        x = net.first(x)
        for layer, gate in zip(net.hidden, net.gates, strict=True):
            x = x + gate * F.relu(layer(x))
        return net.head(x)

    parts = {"first": nn.Linear(FEATURES, 32), "head": nn.Linear(32, CLASSES)}
    return Batch(Made(forward, hidden=hidden, gates=gates, **parts), numbers(), classes())


def layer_scale() -> Batch:
    blocks = nn.ModuleList(
        nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))
        for _ in range(6)
    )
    scales = nn.ParameterList(nn.Parameter(torch.full((32,), 1e-5)) for _ in range(6))

    def forward(net, x):
        x = net.first(x)
        for block, scale in zip(net.blocks, net.scales, strict=True):
            x = x + scale * block(x)
        return net.head(x)

    parts = {"first": nn.Linear(FEATURES, 32), "head": nn.Linear(32, CLASSES)}
    return Batch(Made(forward, blocks=blocks, scales=scales, **parts), numbers(), classes())


class LoRA(nn.Module):
    def __init__(self, fan_in: int, fan_out: int, rank: int = 4):
        super().__init__()
        self.base = nn.Linear(fan_in, fan_out).requires_grad_(False)
        self.down = nn.Linear(fan_in, rank, bias=False)
        self.up = nn.Linear(rank, fan_out, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x))


def lora() -> Batch:
    model = nn.Sequential(LoRA(FEATURES, 64), nn.ReLU(), LoRA(64, 64), nn.ReLU(), LoRA(64, CLASSES))
    return Batch(model, numbers(), classes())


def experts() -> Batch:
    """A mixture of all, by a softmax."""

    def forward(net, x):
        shares = net.gate(x).softmax(1)
        return (torch.stack([e(x) for e in net.experts], 2) * shares[:, None]).sum(2)

    parts = [perceptron(FEATURES, 32, CLASSES) for _ in range(4)]
    gate = nn.Linear(FEATURES, 4)
    return Batch(Made(forward, experts=nn.ModuleList(parts), gate=gate), numbers(), classes())


def deep_sets() -> Batch:
    def forward(net, x):
        return net.rho(net.phi(x).mean(1))

    model = Made(forward, phi=perceptron(3, 32, 32), rho=perceptron(32, 32, CLASSES))
    return Batch(model, numbers(N, 12, 3), classes())


def siamese() -> Batch:
    """Two inputs, one network."""

    def forward(net, a, b):
        return (net.embed(a) - net.embed(b)).square().mean(1)

    X = (numbers(), numbers())
    return Batch(Made(forward, embed=perceptron(FEATURES, 32, 16)), X, torch.rand(N))


def coordinates() -> torch.Tensor:
    steps = torch.linspace(-1, 1, 16)
    return torch.cartesian_prod(steps, steps)


def siren() -> Batch:
    """Sitzmann et al. 2020: sines of 30 times what comes in, and weights drawn for them."""
    layers = nn.ModuleList(
        [nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 1)]
    )
    nn.init.uniform_(layers[0].weight, -1 / 2, 1 / 2)
    for layer in layers[1:]:
        nn.init.uniform_(layer.weight, -sqrt(6 / 64) / 30, sqrt(6 / 64) / 30)

    def forward(net, x):
        *hidden, last = net.layers
        for layer in hidden:
            x = torch.sin(30 * layer(x))
        return last(x)

    X = coordinates()
    return Batch(Made(forward, layers=layers), X, torch.sin(8 * X[:, :1]) * torch.cos(5 * X[:, 1:]))


def nerf() -> Batch:
    """Positions as waves of rising frequency, and a shortcut to the middle."""

    def waves(x):
        angles = torch.cat([x * 2.0**k for k in range(6)], 1)
        return torch.cat([x, angles.sin(), angles.cos()], 1)

    def forward(net, x):
        x = waves(x)
        return net.second(torch.cat([x, F.relu(net.first(x))], 1)).sigmoid()

    X = coordinates()
    model = Made(forward, first=perceptron(26, 64, 64, 64), second=perceptron(90, 64, 64, 3))
    return Batch(model, X, torch.rand(len(X), 3), "mse_loss")


def flow() -> Batch:
    """RealNVP: affine couplings whose last layers start at 0."""

    def forward(net, x):
        total = 0
        for part in net.couplings:
            a, b = x.chunk(2, 1)
            scale, shift = part(a).chunk(2, 1)
            scale = scale.tanh()
            x, total = torch.cat([b * scale.exp() + shift, a], 1), total + scale.sum(1)
        return x, total

    couplings = nn.ModuleList(perceptron(2, 32, 32, 4) for _ in range(4))
    for part in couplings:
        nn.init.zeros_(part[-1].weight)
        nn.init.zeros_(part[-1].bias)

    def loss(output):
        z, total = output
        return (z.square().sum(1) / 2 - total).mean()

    return Batch(Made(forward, couplings=couplings), numbers(N, 4), None, loss)


# Of images.


def lenet() -> Batch:
    """As in 1998: tanh, and means over two by two."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )
    return Batch(model, images(28, 32, 1), labels(32))


def autoencoder() -> Batch:
    encoder = (nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU())
    decoder = (nn.ConvTranspose2d(32, 16, 2, 2), nn.ReLU(), nn.ConvTranspose2d(16, 1, 2, 2))
    X = torch.rand(16, 1, 16, 16)
    return Batch(nn.Sequential(*encoder, *decoder, nn.Sigmoid()), X, X, "binary_cross_entropy")


def vae() -> Batch:
    def forward(net, x):
        mean, spread = net.encoder(x).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (spread / 2).exp()
        return net.decoder(z), mean, spread

    def loss(output, x):
        z, mean, spread = output
        divergence = (mean.square() + spread.exp() - 1 - spread).sum(1).mean() / 2
        return F.binary_cross_entropy_with_logits(z, x) + divergence / x[0].numel()

    X = torch.rand(N, 64)
    model = Made(forward, encoder=perceptron(64, 64, 16), decoder=perceptron(8, 64, 64))
    return Batch(model, X, X, loss)


def twice_convolved(fan_in: int, fan_out: int) -> nn.Sequential:
    layers = []
    for fan in (fan_in, fan_out):
        layers += [nn.Conv2d(fan, fan_out, 3, padding=1), nn.BatchNorm2d(fan_out), nn.ReLU()]
    return nn.Sequential(*layers)


def unet() -> Batch:
    def forward(net, x):
        a = net.down1(x)
        b = net.down2(F.max_pool2d(a, 2))
        c = net.down3(F.max_pool2d(b, 2))
        b = net.up2(torch.cat([b, net.wide2(c)], 1))
        return net.head(net.up1(torch.cat([a, net.wide1(b)], 1)))

    parts = {
        "down1": twice_convolved(1, 8),
        "down2": twice_convolved(8, 16),
        "down3": twice_convolved(16, 32),
        "wide2": nn.ConvTranspose2d(32, 16, 2, 2),
        "up2": twice_convolved(32, 16),
        "wide1": nn.ConvTranspose2d(16, 8, 2, 2),
        "up1": twice_convolved(16, 8),
        "head": nn.Conv2d(8, 3, 1),
    }
    y = torch.randint(3, (4, 32, 32))
    return Batch(Made(forward, **parts), images(32, 4, 1), y, "cross_entropy")


def dcgan_start(model: nn.Module) -> nn.Module:
    """Radford et al. 2016: N(0, 0.02²), and N(1, 0.02²) for the norms."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
    return model


def generator() -> Batch:
    layers = [nn.ConvTranspose2d(16, 64, 4, 1, 0, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    for fan in (64, 32):
        layers += [nn.ConvTranspose2d(fan, fan // 2, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(fan // 2), nn.ReLU()]
    layers += [nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False), nn.Tanh()]
    return Batch(dcgan_start(nn.Sequential(*layers)), numbers(16, 16, 1, 1))


def discriminator() -> Batch:
    layers = [nn.Conv2d(3, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for fan in (16, 32):
        layers += [nn.Conv2d(fan, 2 * fan, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * fan)]
        layers += [nn.LeakyReLU(0.2)]
    layers += [nn.Conv2d(64, 1, 4, bias=False), nn.Flatten(), nn.Sigmoid()]
    model = dcgan_start(nn.Sequential(*layers))
    y = (torch.arange(16) % 2).float()[:, None]
    return Batch(model, images(32, 16).tanh(), y, "binary_cross_entropy")


def fixup() -> Batch:
    """Zhang et al. 2019: no norms; branches and the head end in 0."""
    blocks = nn.ModuleList()
    for _ in range(4):
        a, b = (nn.Conv2d(16, 16, 3, padding=1, bias=False) for _ in "ab")
        nn.init.normal_(a.weight, std=sqrt(2 / (16 * 9)) * 4**-0.5)
        nn.init.zeros_(b.weight)
        blocks.append(nn.Sequential(a, nn.ReLU(), b))
    head = nn.Linear(16, CLASSES)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)

    def forward(net, x):
        x = F.relu(net.first(x))
        for block in net.blocks:
            x = F.relu(x + block(x))
        return net.head(x.mean((2, 3)))

    first = nn.Conv2d(3, 16, 3, padding=1)
    nn.init.kaiming_normal_(first.weight)
    return Batch(Made(forward, first=first, blocks=blocks, head=head), images(16, 32), classes(32))


def dueling() -> Batch:
    """Q-values as what a state is worth, and what each action adds."""

    def forward(net, x):
        x, more = net.body(x), net.more
        added = more(x)
        return net.worth(x) + added - added.mean(1, keepdim=True)

    parts = {"body": perceptron(FEATURES, 64, 64).append(nn.ReLU()), "worth": nn.Linear(64, 1)}
    model = Made(forward, more=nn.Linear(64, 4), **parts)
    return Batch(model, numbers(), torch.randn(N, 4), nn.SmoothL1Loss())


MAKERS = {
    "perceptron of a regression": regression,
    "perceptron of tanh, yes or no": yes_or_no,
    "perceptron with batch norms": with_norms,
    "self-normalising": self_normalising,
    "orthogonal tanh": orthogonal,
    "ReZero": rezero,
    "LayerScale": layer_scale,
    "LoRA": lora,
    "mixture of experts": experts,
    "deep sets": deep_sets,
    "Siamese": siamese,
    "SIREN": siren,
    "NeRF": nerf,
    "RealNVP": flow,
    "LeNet": lenet,
    "autoencoder": autoencoder,
    "variational autoencoder": vae,
    "U-Net": unet,
    "DCGAN's generator": generator,
    "DCGAN's discriminator": discriminator,
    "Fixup": fixup,
    "dueling Q-network": dueling,
}
CASES = [Healthy(name, "by hand, PyTorch", make) for name, make in MAKERS.items()]
